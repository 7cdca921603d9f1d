import { ApolloServer } from '@apollo/server';
import { GraphQLError } from 'graphql';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Authentication, TokenSource } from '../../../src/authentication/authentication.js';
import { type AuthorizationContext, createAuthorization } from '../../../src/authorization/authorization.js';
import { type Protection, protectApolloServer } from '../../../src/graphql/apollo/protect-apollo-server.js';
import { schemaOf } from '../../authorization/harness.js';
import { createKey, createTenant, ids } from '../../support/tenant.js';

const tenant = createTenant();
const otherKey = createKey();
const authorization = createAuthorization({ schema: schemaOf('type Query { open: Int @public }') });
const servers: ApolloServer<AuthorizationContext>[] = [];
let verified = 0;

beforeAll(() => vi.useFakeTimers({ toFake: ['Date'] }));
afterAll(() => vi.useRealTimers());
beforeEach(() => {
  verified = 0;
});
afterEach(() => Promise.all(servers.splice(0).map((server) => server.stop())));

/** Counts the signatures that the library would check. */
function counting(authentication: Authentication): Pick<Authentication, 'authenticate'> {
  return {
    authenticate: (request, from: TokenSource = {}) =>
      authentication.authenticate(request, {
        source: from.source,
        mayCheckSignature: () => {
          const may = from.mayCheckSignature?.() ?? true;
          if (may) verified += 1;
          return may;
        },
      }),
  };
}

/** Starts a server, and returns what the context function does with a token of an address. */
async function protectedServer(changes: Partial<Protection<AuthorizationContext>> = {}) {
  const authentication = tenant.authentication({ logRefusals: false });
  const protection = { authentication: counting(authentication), authorization, ...changes };
  const { plugins, context } = protectApolloServer(protection);
  const server = new ApolloServer<AuthorizationContext>({ schema: authorization.schema, plugins });
  servers.push(server);
  await server.start();
  return async (token: string, ip?: string) => {
    const request = { rawHeaders: ['authorization', `Bearer ${token}`], headers: {}, ...(ip && { ip }) };
    const refused = await context({ req: request }).catch((error: unknown) => error);
    if (!(refused instanceof GraphQLError))
      return { status: 200, code: undefined, limit: undefined, headers: undefined };
    const { code, limit, http } = refused.extensions;
    const { status, headers } = Object(http);
    return { status, code, limit: Object(limit).name, headers };
  };
}

let serial = 0;
const sign = (changes: Parameters<typeof tenant.signAccessToken>[0]) => {
  serial += 1;
  return tenant.signAccessToken({ ...changes, claims: { uti: `token${serial}`, ...changes?.claims } });
};
const forged = () => sign({ key: { ...otherKey, kid: tenant.key.kid } });
const good = () => sign({});
const foreign = () => sign({ claims: { aud: ids.application } });

describe('refused tokens in an Apollo Server that is there already', () => {
  it('get 429 beyond the limit of their address, and good tokens are served', async () => {
    const answer = await protectedServer({ failuresPerMinute: 3 });
    for (let time = 0; time < 3; time += 1) expect(await answer(foreign(), '192.0.2.1')).toMatchObject({ status: 401 });
    const refused = await answer(foreign(), '192.0.2.1');
    expect(refused).toMatchObject({ status: 429, code: 'RATE_LIMITED' });
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(await answer(good(), '192.0.2.1')).toMatchObject({ status: 200 });
    expect(await answer(foreign(), '192.0.2.2')).toMatchObject({ status: 401 });
  });

  it('have a limit by default, which can be turned off', async () => {
    const byDefault = await protectedServer();
    const unbounded = await protectedServer({ failuresPerMinute: 0 });
    for (let time = 0; time < 60; time += 1) {
      expect(await byDefault('bad', '192.0.2.1')).toMatchObject({ status: 401 });
      expect(await unbounded('bad', '192.0.2.1')).toMatchObject({ status: 401 });
    }
    expect(await byDefault('bad', '192.0.2.1')).toMatchObject({ status: 429 });
    expect(await unbounded('bad', '192.0.2.1')).toMatchObject({ status: 401 });
  });

  it.each([
    ['one address', '192.0.2.1'],
    ['clients without an address', undefined],
  ])('with forged signatures from %s have no more signatures checked than the budget', async (_whose, ip) => {
    const answer = await protectedServer({ failuresPerMinute: 3, limits: { signatureChecksPerSecond: 5 } });
    for (let time = 0; time < 30; time += 1) await answer(forged(), ip);
    expect(verified).toBe(3 + 5);
    expect(await answer(good(), ip)).toMatchObject({ status: 429, limit: 'signatureChecksPerSecond' });
    vi.setSystemTime(Date.now() + 1_000);
    expect(await answer(good(), ip)).toMatchObject({ status: 200 });
  });

  it('of clients without an address are not counted against each other', async () => {
    const answer = await protectedServer({ failuresPerMinute: 3 });
    for (let time = 0; time < 10; time += 1) expect(await answer(foreign())).toMatchObject({ status: 401 });
  });

  it.each([-1, 100_001, 1.5, Number.NaN])('the limit %j does not start', async (failuresPerMinute) => {
    await expect(protectedServer({ failuresPerMinute })).rejects.toThrow('failuresPerMinute must be');
  });
});
