import { describe, expect, it } from 'vitest';
import { ask, startGateway, startSubgraph } from './gateway-harness.js';
import { testRefusals } from './refusals-through-gateways.js';

const SCRIPT = './gateways/apollo.mjs';

describe('Apollo Gateway before a subgraph', () => {
  testRefusals(SCRIPT);
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
