import { describe, expect, it, vi } from 'vitest';
import { createAuthentication } from '../../../src/authentication/authentication.js';
import { AUTHENTICATION_LIMITS } from '../../../src/authentication/limits.js';
import type { AuthenticationOptions } from '../../../src/authentication/options/authentication-options.js';
import { AccessTokenError } from '../../../src/authentication/refusals/access-token-error.js';
import { readCredentials } from '../../../src/authentication/request/request-credentials.js';
import type { IsTenantAllowed } from '../../../src/authentication/tenants/tenant-decisions.js';
import { PATIENCE } from '../../support/patience.js';
import { addresses, createKey, createTenant, ids } from '../../support/tenant.js';

const ANY = '5e1f0000-0000-4000-8000-000000000009';
const TEMPLATE = 'https://login.microsoftonline.com/{tenantid}/v2.0';

/** Returns what an API of `organizations` or `common` does with the token of a tenant. */
function arrange(options: Partial<AuthenticationOptions>, tenantId = 'organizations') {
  const tenant = createTenant();
  tenant.answers[`https://login.microsoftonline.com/${tenantId}/v2.0/.well-known/openid-configuration`] = {
    body: { issuer: TEMPLATE, jwks_uri: addresses.v2Keys, cloud_instance_name: 'microsoftonline.com' },
  };
  const authentication = tenant.authentication({ tenantId, acceptV1Tokens: false, ...options });
  const tokenOf = (tid: unknown, changes: Parameters<typeof tenant.signAccessToken>[0] = {}) =>
    tenant.signAccessToken({
      ...changes,
      claims: { tid, iss: TEMPLATE.replace('{tenantid}', String(tid)), ...changes.claims },
    });
  const codeOf = (token: string) =>
    authentication.verify(token).then(
      () => 'accepted',
      (error: unknown) => (error instanceof AccessTokenError ? error.code : String(error)),
    );
  return { tenant, authentication, tokenOf, codeOf, outcomeOf: (tid: unknown) => codeOf(tokenOf(tid)) };
}

/** A decision that the test gives, and the questions that it got. */
function decision(isTenantAllowed: IsTenantAllowed) {
  const asked = vi.fn(isTenantAllowed);
  return { asked, ...arrange({ isTenantAllowed: asked }) };
}

describe('allowedTenants: any', () => {
  it.each([
    ['organizations', ids.tenant, 'accepted'],
    ['organizations', ANY, 'accepted'],
    ['organizations', ids.consumerTenant, 'TENANT_NOT_ALLOWED'],
    ['common', ANY, 'accepted'],
    ['organizations', ANY.toUpperCase(), 'TENANT_CLAIM_INVALID'],
    ['organizations', 'contoso.example', 'TENANT_CLAIM_INVALID'],
    ['organizations', undefined, 'TENANT_CLAIM_INVALID'],
    ['organizations', [ANY], 'TENANT_CLAIM_INVALID'],
  ])('with %s, a token of the tenant %j is %s', async (tenantId, tid, outcome) => {
    expect(await arrange({ allowedTenants: 'any' }, tenantId).outcomeOf(tid)).toBe(outcome);
  });

  it('common lets personal accounts in, by keys that name them', async () => {
    const { tenant, outcomeOf } = arrange({ allowedTenants: 'any' }, 'common');
    const issuer = TEMPLATE.replace('{tenantid}', ids.consumerTenant);
    tenant.keySets['2.0'].splice(0, 1, { ...tenant.key.jwk, issuer });
    expect(await outcomeOf(ids.consumerTenant)).toBe('accepted');
  });

  it('refuses a token of one tenant with the issuer of another', async () => {
    const { tokenOf, codeOf } = arrange({ allowedTenants: 'any' });
    const iss = TEMPLATE.replace('{tenantid}', ids.otherTenant);
    expect(await codeOf(tokenOf(ANY, { claims: { iss } }))).toBe('ISSUER_MISMATCH');
  });

  it('stands beside another authority, and each token goes to its own', async () => {
    const instance = 'https://contoso.ciamlogin.com';
    const customers = { name: 'customers', tenantId: ids.otherTenant, clientId: ANY, instance };
    const { tenant, authentication, tokenOf } = arrange({ allowedTenants: 'any', authorities: [customers] });
    const host = `https://${ids.otherTenant}.ciamlogin.com`;
    const issuer = `${host}/${ids.otherTenant}/v2.0`;
    tenant.answers[`${instance}/${ids.otherTenant}/v2.0/.well-known/openid-configuration`] = {
      body: { issuer, jwks_uri: `${host}/${ids.otherTenant}/discovery/v2.0/keys` },
    };
    const key = createKey();
    tenant.answers[`${host}/${ids.otherTenant}/discovery/v2.0/keys`] = { body: { keys: [{ ...key.jwk, issuer }] } };
    const authorityOf = async (token: string) => (await authentication.verify(token)).caller.authority;
    expect(await authorityOf(tokenOf(ANY))).toBe('default');
    expect(await authorityOf(tokenOf(ids.otherTenant, { key, claims: { iss: issuer, aud: ANY } }))).toBe('customers');
  });

  it.each([
    ['a tenant of the same cloud', { tenantId: ids.otherTenant }],
    ['every tenant again', { tenantId: 'common', allowedTenants: 'any' as const }],
  ])('does not start beside an authority for %s', (_what, authority) => {
    const authorities = [{ name: 'others', clientId: ANY, ...authority }];
    expect(() => arrange({ allowedTenants: 'any', authorities })).toThrow('"others" has the same issuer as "default"');
    const first = {
      tenantId: ids.tenant,
      authorities: [{ name: 'world', tenantId: 'common', clientId: ANY, allowedTenants: 'any' as const }],
    };
    expect(() => arrange(first)).toThrow('"world" has the same issuer as "default"');
  });
});

describe('isTenantAllowed', () => {
  it.each<[string, IsTenantAllowed, string]>([
    ['true', () => true, 'accepted'],
    ['true later', async () => true, 'accepted'],
    ['false', () => false, 'TENANT_NOT_ALLOWED'],
    ['false later', async () => false, 'TENANT_NOT_ALLOWED'],
    ['a text', () => 'yes' as unknown as boolean, 'TENANT_NOT_ALLOWED'],
    ['nothing', () => undefined as unknown as boolean, 'TENANT_NOT_ALLOWED'],
    ['an object later', async () => ({}) as unknown as boolean, 'TENANT_NOT_ALLOWED'],
  ])('that answers %s', async (_what, answer, outcome) => {
    const { outcomeOf, asked, tenant } = decision(answer);
    expect(await outcomeOf(ANY)).toBe(outcome);
    expect(await outcomeOf(ANY)).toBe(outcome);
    expect(asked.mock.calls).toEqual([[ANY]]);
    expect(tenant.log.filter(({ level }) => level === 'warn')).toEqual([]);
  });

  it.each<[string, IsTenantAllowed]>([
    [
      'throws',
      () => {
        throw new Error('the directory is down');
      },
    ],
    ['rejects', () => Promise.reject(new Error('the directory is down'))],
  ])('that %s refuses, says so in the log, and is asked again after five seconds', async (_what, fail) => {
    let answer = fail;
    const { outcomeOf, asked, tenant } = decision((tenantId) => answer(tenantId));
    expect([await outcomeOf(ANY), await outcomeOf(ANY)]).toEqual(['TENANT_NOT_ALLOWED', 'TENANT_NOT_ALLOWED']);
    expect(asked).toHaveBeenCalledTimes(1);
    expect(tenant.log.filter(({ level }) => level === 'warn')).toEqual([
      {
        level: 'warn',
        fields: { reason: 'the directory is down', hint: expect.stringContaining('within five seconds') },
        message: 'isTenantAllowed failed, so the tenant is refused',
      },
    ]);
    answer = () => true;
    tenant.clock.nowMs += AUTHENTICATION_LIMITS.tenantFailureSeconds.default * 1000 - 1;
    expect(await outcomeOf(ANY)).toBe('TENANT_NOT_ALLOWED');
    tenant.clock.nowMs += 1;
    expect(await outcomeOf(ANY)).toBe('accepted');
  });

  it('that hangs refuses the token exactly when its time is up', async () => {
    const { outcomeOf, asked, tenant } = decision(() => new Promise(() => undefined));
    const outcome = vi.fn();
    const answered = outcomeOf(ANY).then(outcome);
    await vi.waitFor(() => expect(asked).toHaveBeenCalled(), PATIENCE);
    const limit = AUTHENTICATION_LIMITS.tenantMilliseconds.default;
    await tenant.advance(limit - 1);
    expect(outcome).not.toHaveBeenCalled();
    await tenant.advance(1);
    await answered;
    expect(outcome).toHaveBeenCalledWith('TENANT_NOT_ALLOWED');
    expect(tenant.log.at(-1)?.fields.reason).toBe(`no answer within ${limit} ms`);
  });

  it('is asked again after five minutes, for remembered tokens too', async () => {
    let isAllowed = true;
    const { codeOf, tokenOf, asked, tenant, authentication } = decision(() => isAllowed);
    const token = tokenOf(ANY);
    const lookup = () => authentication.lookup(readCredentials({ headers: { authorization: `Bearer ${token}` } }));
    expect(await codeOf(token)).toBe('accepted');
    isAllowed = false;
    tenant.clock.nowMs += AUTHENTICATION_LIMITS.tenantSeconds.default * 1000 - 1;
    expect([await codeOf(token), lookup().verify]).toEqual(['accepted', undefined]);
    tenant.clock.nowMs += 1;
    expect(lookup().verify).toBeTypeOf('function');
    expect(await codeOf(token)).toBe('TENANT_NOT_ALLOWED');
    expect(asked).toHaveBeenCalledTimes(2);
  });

  it('answers in time with real timers', async () => {
    const tenant = createTenant();
    const { schedule: _, ...options } = tenant.options;
    tenant.answers['https://login.microsoftonline.com/organizations/v2.0/.well-known/openid-configuration'] = {
      body: { issuer: TEMPLATE, jwks_uri: addresses.v2Keys, cloud_instance_name: 'microsoftonline.com' },
    };
    const authentication = createAuthentication({
      ...options,
      tenantId: 'organizations',
      acceptV1Tokens: false,
      isTenantAllowed: async () => true,
    });
    const token = tenant.signAccessToken({ claims: { tid: ANY, iss: TEMPLATE.replace('{tenantid}', ANY) } });
    expect((await authentication.verify(token)).caller.tenantId).toBe(ANY);
    authentication.close();
  });

  it('is asked once for many requests at the same time', async () => {
    const { outcomeOf, asked } = decision(async () => true);
    expect(new Set(await Promise.all(Array.from({ length: 20 }, () => outcomeOf(ANY))))).toEqual(new Set(['accepted']));
    expect(asked).toHaveBeenCalledTimes(1);
  });

  it('is not asked about a token that is forged or otherwise bad', async () => {
    const { tokenOf, codeOf, asked } = decision(() => true);
    const { kid } = createTenant().key;
    expect([
      await codeOf(tokenOf(ANY, { key: createKey(), header: { kid } })),
      await codeOf(tokenOf(ANY, { claims: { aud: 'another' } })),
      await codeOf(tokenOf(ids.consumerTenant)),
      await codeOf(tokenOf('*')),
    ]).toEqual(['SIGNATURE_INVALID', 'AUDIENCE_MISMATCH', 'TENANT_NOT_ALLOWED', 'TENANT_CLAIM_INVALID']);
    expect(asked).not.toHaveBeenCalled();
  });

  it('has bounds on open questions and on remembered answers', async () => {
    const questions = AUTHENTICATION_LIMITS.tenantQuestions.default;
    const tenants = AUTHENTICATION_LIMITS.rememberedTenants.default;
    const tidOf = (nth: number) => `5e1f0000-0000-4000-8000-${String(nth).padStart(12, '0')}`;
    let open: () => void = () => undefined;
    const gate = new Promise<void>((resolve) => {
      open = resolve;
    });
    const { outcomeOf, asked } = decision(() => gate.then(() => true));
    const waiting = Array.from({ length: questions }, (_, nth) => outcomeOf(tidOf(nth)));
    await vi.waitFor(() => expect(asked).toHaveBeenCalledTimes(questions), PATIENCE);
    expect(await outcomeOf(tidOf(questions))).toBe('TENANT_NOT_ALLOWED');
    open();
    expect(new Set(await Promise.all(waiting))).toEqual(new Set(['accepted']));
    for (let nth = questions; nth < tenants; nth += 1) await outcomeOf(tidOf(nth));
    expect([await outcomeOf(tidOf(0)), asked.mock.calls.length]).toEqual(['accepted', tenants]);
    await outcomeOf(tidOf(tenants));
    expect([await outcomeOf(tidOf(1)), asked.mock.calls.length]).toEqual(['accepted', tenants + 2]);
  });

  it('is visible in an explanation', async () => {
    const { authentication, tokenOf } = decision((tenantId) => tenantId === ids.tenant);
    const refused = await authentication.explain(tokenOf(ANY));
    expect(refused).toMatchObject({
      accepted: false,
      code: 'TENANT_NOT_ALLOWED',
      fix: expect.stringContaining('isTenantAllowed'),
    });
    expect(refused.checks.find(({ check }) => check === 'tid')).toMatchObject({
      expected: 'a tenant that isTenantAllowed allows, not that of personal accounts',
      passed: false,
    });
    expect(await authentication.explain(tokenOf(ids.tenant))).toMatchObject({ accepted: true });
  });
});

it.each<[string, Partial<AuthenticationOptions>, string]>([
  ['neither of them', {}, 'allowedTenants: expected GUIDs of the tenants that may call, or "any"'],
  [
    'both',
    { allowedTenants: 'any', isTenantAllowed: () => true },
    'isTenantAllowed: expected no value beside allowedTenants',
  ],
  ['any for one tenant', { tenantId: ids.tenant, allowedTenants: 'any' }, 'allowedTenants: expected no value'],
  [
    'a function for one tenant',
    { tenantId: ids.tenant, isTenantAllowed: () => true },
    'isTenantAllowed: expected no value',
  ],
  [
    'any at External ID',
    { allowedTenants: 'any', instance: 'https://contoso.ciamlogin.com' },
    'tenantId: expected the GUID of the external tenant',
  ],
])('%s does not start', (_what, options, message) => {
  expect(() => arrange(options)).toThrow(message);
});
