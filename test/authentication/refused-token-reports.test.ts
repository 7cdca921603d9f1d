import { afterEach, describe, expect, it, vi } from 'vitest';
import { silentLogger } from '../../src/authentication/authentication-logger.js';
import { createTenant } from '../support/tenant.js';

const warn = vi.spyOn(console, 'warn').mockImplementation(() => undefined);
const error = vi.spyOn(console, 'error').mockImplementation(() => undefined);
afterEach(() => {
  warn.mockClear();
  error.mockClear();
});

const lines = () => warn.mock.calls.map(([line]) => String(line));
const codes = () => lines().map((line) => /"code":"(\w+)"/.exec(line)?.[1]);

function createSubject(changes: object = {}) {
  const tenant = createTenant();
  const authentication = tenant.authentication({ logger: undefined, ...changes });
  const refuse = (token: string) => authentication.verify(token).catch(() => undefined);
  const refuseRequest = (authorization: string) =>
    authentication.authenticate({ headers: { authorization } }).catch(() => undefined);
  return { tenant, refuse, refuseRequest, passMs: (ms: number) => (tenant.clock.nowMs += ms) };
}

describe('without a logger, a refused token', () => {
  it('is on the console, with the name of the package, the code and what to do', async () => {
    const { refuse } = createSubject();
    await refuse('not-a-token');
    expect(lines()).toEqual([
      expect.stringMatching(/^entra-graphql: access token refused \{"code":"TOKEN_NOT_COMPACT","hint":"/),
    ]);
  });

  it('is there for requests as well as for tokens alone', async () => {
    const { refuse, refuseRequest } = createSubject();
    await refuseRequest('Basic eDp5');
    await refuse('x.y');
    expect(codes()).toEqual(['AUTHORIZATION_SCHEME_UNSUPPORTED', 'TOKEN_NOT_COMPACT']);
  });

  it('is there once a minute for each code, with how many were left out', async () => {
    const { refuse, refuseRequest, passMs } = createSubject();
    for (let count = 0; count < 5; count++) await refuse('not-a-token');
    await refuseRequest('Basic eDp5');
    passMs(59_000);
    await refuse('not-a-token');
    expect(codes()).toEqual(['TOKEN_NOT_COMPACT', 'AUTHORIZATION_SCHEME_UNSUPPORTED']);
    passMs(2_000);
    await refuse('not-a-token');
    expect(lines()[2]).toContain('"leftOut":5');
    passMs(61_000);
    await refuse('not-a-token');
    expect(lines()).toHaveLength(4);
    expect(lines()[3]).not.toContain('leftOut');
  });

  it('leaves nothing of its text there', async () => {
    const { tenant, refuse } = createSubject();
    const token = tenant.signAccessToken({ claims: { aud: 'api://other', name: 'Maria Example' } });
    await refuse(token);
    expect(codes()).toEqual(['AUDIENCE_MISMATCH']);
    for (const part of [...token.split('.'), 'Maria']) expect(lines().join()).not.toContain(part);
  });

  it('that cannot be judged is there too', async () => {
    const { tenant, refuse } = createSubject({ fetch: () => Promise.reject(new Error('offline')) });
    for (let count = 0; count < 3; count++) await refuse(tenant.signAccessToken());
    expect(codes().filter((code) => code === 'SIGNING_KEYS_UNAVAILABLE')).toHaveLength(1);
  });
});

it('a good token and an anonymous request leave no line', async () => {
  const tenant = createTenant();
  const authentication = tenant.authentication({ logger: undefined });
  await authentication.verify(tenant.signAccessToken());
  await authentication.authenticate({ headers: {} });
  expect(lines()).toEqual([]);
});

it('a mistake of the server is not about a token', async () => {
  const authentication = createTenant().authentication({ logger: undefined });
  await expect(authentication.authenticate({})).rejects.toThrow(TypeError);
  expect(lines()).toEqual([]);
});

it('a logger that is given gets refused tokens when it is asked for, and the console gets nothing', async () => {
  const logger = { info: vi.fn(), warn: vi.fn(), error: vi.fn() };
  await createSubject({ logger }).refuse('not-a-token');
  await createSubject({ logger: silentLogger }).refuse('not-a-token');
  await createSubject({ logRefusals: false }).refuse('not-a-token');
  expect(logger.warn).not.toHaveBeenCalled();
  await createSubject({ logger, logRefusals: true }).refuse('not-a-token');
  const fields = expect.objectContaining({ code: 'TOKEN_NOT_COMPACT' });
  expect(logger.warn.mock.calls).toEqual([[fields, 'access token refused']]);
  expect(lines()).toEqual([]);
});
