import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ask, startGateway, startReferringSubgraph, startSubgraph, startWithSupergraph } from './gateway-harness.js';
import { testRefusals } from './refusals-through-gateways.js';

const SCRIPT = './gateways/apollo.mjs';

describe('Apollo Gateway before a subgraph', () => {
  let started: Awaited<ReturnType<typeof start>>;
  async function start() {
    const [subgraph, referring] = [await startSubgraph(), await startReferringSubgraph()];
    return { subgraph, referring, gateway: await startWithSupergraph(SCRIPT, subgraph.url, referring.url) };
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

describe('Apollo Gateway that composes by introspection', () => {
  it('reads the schema of a subgraph with anonymousSdl', { timeout: 300_000 }, async () => {
    const subgraph = await startSubgraph({ anonymousSdl: true });
    const gateway = await startGateway(SCRIPT, ['--introspect', subgraph.url]);
    try {
      expect(await ask(gateway.url, '{ free { text } }')).toEqual({ data: { free: { text: 'note 1' } }, errors: [] });
      const { errors } = await ask(gateway.url, '{ open }');
      expect(errors).toMatchObject([{ extensions: { code: 'UNAUTHENTICATED' } }]);
    } finally {
      await gateway.stop();
      await subgraph.stop();
    }
  });

  it('reads no schema without it, and says why', { timeout: 300_000 }, async () => {
    const subgraph = await startSubgraph();
    try {
      await expect(startGateway(SCRIPT, ['--introspect', subgraph.url])).rejects.toThrow(/Sign in|access token/i);
    } finally {
      await subgraph.stop();
    }
  });
});
