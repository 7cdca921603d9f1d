import { afterAll, beforeAll, expect, it } from 'vitest';
import { ids, NOW } from '../support/tenant.js';
import { ask, startReferringSubgraph, startSubgraph, startWithSupergraph } from './gateway-harness.js';

type Claims = Readonly<Record<string, unknown>>;

/** A refused operation, the claims of its token (null: no token) and the code of the refusal. */
const REFUSED: readonly [title: string, query: string, claims: Claims | null, code: string][] = [
  ['an expired token', '{ open }', { exp: NOW - 600, nbf: NOW - 900, iat: NOW - 900 }, 'UNAUTHENTICATED'],
  ['a token for another audience', '{ open }', { aud: ids.client }, 'UNAUTHENTICATED'],
  ['a token of another tenant', '{ open }', { tid: ids.otherTenant }, 'UNAUTHENTICATED'],
  ['a token without permissions', '{ open }', { scp: undefined }, 'FORBIDDEN'],
  ['a missing token', '{ open }', null, 'UNAUTHENTICATED'],
  ['a missing role', '{ keeper }', {}, 'FORBIDDEN'],
  ['a missing step-up', '{ account { iban } }', { xms_cc: ['cp1'] }, 'INSUFFICIENT_CLAIMS'],
  ['too many aliases', '{ a: open b: open c: open d: open }', {}, 'LIMIT_EXCEEDED'],
];

/**
 * Tests that a gateway's client gets the code, the words and the claims with which the subgraph refuses.
 *
 * @param script starts the gateway
 */
export function testRefusals(script: string): void {
  let running: Awaited<ReturnType<typeof start>>;
  async function start() {
    const [subgraph, referring] = [await startSubgraph(), await startReferringSubgraph()];
    return { subgraph, referring, gateway: await startWithSupergraph(script, subgraph.url, referring.url) };
  }
  beforeAll(async () => {
    running = await start();
  }, 300_000);
  afterAll(async () => {
    await running?.gateway.stop();
    await running?.subgraph.stop();
    await running?.referring.stop();
  });

  it('what the subgraph grants arrives', async () => {
    const { gateway, subgraph } = running;
    const { data, errors } = await ask(gateway.url, '{ open }', subgraph.tenant.signAccessToken());
    expect({ data, errors }).toEqual({ data: { open: 1 }, errors: [] });
  });

  it.each(REFUSED)('the refusal for %s arrives as the subgraph gave it', async (_title, query, claims, code) => {
    const { gateway, subgraph } = running;
    const token = claims === null ? undefined : subgraph.tenant.signAccessToken({ claims });
    const direct = await ask(subgraph.url, query, token, 'application/graphql-response+json');
    const { data, errors } = await ask(gateway.url, query, token);
    expect(direct.errors[0]?.extensions.code).toBe(code);
    expect(Object.values(Object(data)).filter((value) => value !== null)).toEqual([]);
    expect(errors).not.toEqual([]);
    // Hive Gateway repeats an error for each field that it was asked for.
    const { message, extensions } = direct.errors[0] ?? {};
    for (const error of errors) expect(error).toMatchObject({ message, extensions });
    if (code !== 'INSUFFICIENT_CLAIMS') return;
    expect(errors[0]?.extensions.acr_values).toBe('c1');
    expect(Buffer.from(String(errors[0]?.extensions.claims), 'base64').toString()).toContain('"c1"');
  });

  it('entities of public types are resolved for an anonymous caller', async () => {
    const { gateway } = running;
    const query = '{ free { text } referred { id text } }';
    expect(await ask(gateway.url, query)).toEqual({
      data: { free: { text: 'note 1' }, referred: { id: '2', text: 'note 2' } },
      errors: [],
    });
  });

  it('entities of other types stay closed to an anonymous caller', async () => {
    const { data, errors } = await ask(running.gateway.url, '{ held { id iban } }');
    expect(data).toEqual({ held: { id: '1', iban: null } });
    expect(errors).toMatchObject([{ extensions: { code: 'UNAUTHENTICATED' } }]);
  });
}
