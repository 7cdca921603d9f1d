import { afterAll, beforeAll, describe } from 'vitest';
import { startReferringSubgraph, startSubgraph, startWithSupergraph } from './gateway-harness.js';
import { testRefusals } from './refusals-through-gateways.js';

describe('Hive Gateway before a subgraph', () => {
  let started: Awaited<ReturnType<typeof start>>;
  async function start() {
    const [subgraph, referring] = [await startSubgraph(), await startReferringSubgraph()];
    const gateway = await startWithSupergraph('./hive-gateway/hive.mjs', subgraph.url, referring.url);
    return { subgraph, referring, gateway };
  }
  beforeAll(async () => {
    started = await start();
  }, 300_000);
  afterAll(async () => {
    await started?.gateway.stop();
    await started?.subgraph.stop();
    await started?.referring.stop();
  });
  testRefusals(() => started);
});
