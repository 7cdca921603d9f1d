import { tmpdir } from 'node:os';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApi } from '../support/api.js';
import { runCommand } from '../support/command.js';
import { startConnectProxy } from '../support/network/connect-proxy.js';
import { type ProxiedAuthority, startProxiedAuthority } from '../support/network/proxied-authority.js';
import { createKey, delegatedClaims, ids, signToken } from '../support/tenant.js';

const key = createKey();
let authority: ProxiedAuthority;
let environment: Record<string, string>;

beforeAll(async () => {
  authority = await startProxiedAuthority(key);
  environment = {
    ENTRA_TENANT_ID: ids.tenant,
    ENTRA_CLIENT_ID: ids.api,
    ENTRA_ACCEPT_V1_TOKENS: 'false',
    HTTPS_PROXY: authority.proxy.address,
    NODE_EXTRA_CA_CERTS: authority.certificateFile,
  };
});
afterAll(() => authority.close());

/** A token that is good now. */
function issue(): string {
  const nowSeconds = Math.floor(Date.now() / 1000);
  const claims = delegatedClaims({ iat: nowSeconds - 60, nbf: nowSeconds - 60, exp: nowSeconds + 600 });
  return signToken(key, { typ: 'JWT', alg: 'RS256', kid: key.kid }, claims);
}

const inspect = (settings: Record<string, string>) =>
  runCommand(['token', 'inspect', '-'], tmpdir(), settings, { input: issue() }).exited;

describe('where Entra can only be reached through a proxy', () => {
  it('HTTPS_PROXY is the way to metadata and keys', async () => {
    const { code, output } = await inspect(environment);
    expect({ code, output }).toEqual({ code: 0, output: expect.stringContaining('ACCEPTED') });
    expect(new Set(authority.proxy.asked)).toEqual(new Set(['login.microsoftonline.com:443']));
  });

  it('the name may be in lower case, as other programs read it', async () => {
    const { HTTPS_PROXY: https_proxy = '', ...others } = environment;
    expect((await inspect({ ...others, https_proxy })).code).toBe(0);
  });

  it('doctor finds nothing wrong with it', async () => {
    const { output } = await runCommand(['doctor'], tmpdir(), environment).exited;
    expect(output).toMatch(/^ok {4} keys v2\.0 /m);
    expect(output).toContain(`HTTPS_PROXY ${authority.proxy.address}`);
  });
});

it('the server asks through the proxy, and is not ready when that lets nothing through', async () => {
  const closed = await startConnectProxy();
  const api = await startApi({ ENTRA_INSTANCE: 'https://login.microsoftonline.com', HTTPS_PROXY: closed.address });
  const ready = await api.app.inject('/readyz');
  const answer = await api.query('erin', '{ me { objectId } }');
  await Promise.all([api.close(), closed.close()]);
  expect({ ready: ready.statusCode, answer: answer.status }).toEqual({ ready: 503, answer: 503 });
  expect(closed.asked[0]).toBe('login.microsoftonline.com:443');
});
