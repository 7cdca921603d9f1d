import { afterEach, describe, expect, it, vi } from 'vitest';
import { silentLogger } from '../../../src/authentication/authentication-logger.js';
import { createTenant, ids, v1Claims } from '../../support/tenant.js';
import { noteLogLine } from '../../support/vitest/log-scan.js';

const warn = vi.spyOn(console, 'warn').mockImplementation((line) => noteLogLine(String(line)));
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

describe('the line of a token with a wrong issuer', () => {
  const tid = ids.tenant;
  const publicCloud = `https://login.microsoftonline.com/${tid}/v2.0`;
  it.each([
    ['US Government', `https://login.microsoftonline.us/${tid}/v2.0`, 'https://login.microsoftonline.us.'],
    ['China', `https://login.partner.microsoftonline.cn/${tid}/v2.0`, 'https://login.partner.microsoftonline.cn.'],
    ['v1.0', `https://sts.windows.net/${tid}/`, 'https://login.microsoftonline.us.'],
    ['an unknown host', `https://a.example/${tid}`, 'Check ENTRA_INSTANCE and ENTRA_TENANT_ID.'],
  ])('says the expected and the found one, and the setting: %s', async (_name, iss, advice) => {
    const { tenant, refuse } = createSubject();
    await refuse(tenant.signAccessToken({ claims: { iss } }));
    const { host } = new URL(iss);
    expect(codes()).toEqual(['ISSUER_MISMATCH']);
    expect(lines()[0]).toContain(`Expected ${publicCloud}, got an issuer of the host ${host}. `);
    expect(lines()[0]).toContain(advice);
    expect(lines()[0]).toContain(`"expectedIss":"${publicCloud}"`);
  });

  it('names the tenant setting where the host is right', async () => {
    const { tenant, refuse } = createSubject();
    await refuse(tenant.signAccessToken({ claims: { iss: `${publicCloud}/` } }));
    expect(lines()[0]).toContain(`Expected ${publicCloud}, got another issuer of the same host. Check ENTRA_TENANT_ID`);
  });

  it('is about v1.0 tokens with the issuer of those', async () => {
    const { tenant, refuse } = createSubject();
    await refuse(tenant.signAccessToken({ claims: v1Claims({ iss: publicCloud }) }));
    const found = 'got an issuer of the host login.microsoftonline.com';
    expect(lines()[0]).toContain(`Expected https://sts.windows.net/${tid}/, ${found}`);
  });

  it('says the cloud where the tenant is wrong because of it', async () => {
    const { tenant, refuse } = createSubject();
    const other = { tid: ids.otherTenant, iss: `https://login.microsoftonline.us/${ids.otherTenant}/v2.0` };
    await refuse(tenant.signAccessToken({ claims: other }));
    expect(codes()).toEqual(['TENANT_NOT_ALLOWED']);
    expect(lines()[0]).toContain(
      'The issuer of the token is of the host login.microsoftonline.us, so it comes from another cloud. Set ENTRA_INSTANCE=https://login.microsoftonline.us.',
    );
  });
});
