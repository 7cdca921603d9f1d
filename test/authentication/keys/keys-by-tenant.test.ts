import { beforeEach, describe, expect, it } from 'vitest';
import { refusal } from '../../support/refusal.js';
import { createKey, createTenant, type FakeTenant, ids, signToken, v1Claims } from '../../support/tenant.js';

// The authority is `common`, whose one key set has keys of work accounts, of personal accounts, of single tenants and of
// other clouds. A key signs for the tenants that its issuer names, and for no others.

const CLOUD = 'https://login.microsoftonline.com';
const issuerOf = (tenantId: string) => `${CLOUD}/${tenantId}/v2.0`;
const thirdTenant = '77777777-7777-4777-8777-777777777777';

const work = createKey();
const personal = createKey();
const ofOneTenant = createKey();
const ofGovernment = createKey();
const ofNobody = createKey();

let tenant: FakeTenant;
let verdict: (tenantId: string, key: typeof work, changes?: Record<string, unknown>) => Promise<string>;

beforeEach(() => {
  tenant = createTenant();
  tenant.answers[`${CLOUD}/common/v2.0/.well-known/openid-configuration`] = {
    body: { issuer: issuerOf('{tenantid}'), jwks_uri: `${CLOUD}/common/discovery/v2.0/keys` },
  };
  tenant.answers[`${CLOUD}/common/discovery/v2.0/keys`] = {
    body: {
      keys: [
        { ...work.jwk, issuer: issuerOf('{tenantid}') },
        { ...personal.jwk, issuer: issuerOf(ids.consumerTenant) },
        { ...ofOneTenant.jwk, issuer: issuerOf(ids.otherTenant) },
        { ...ofGovernment.jwk, issuer: 'https://login.microsoftonline.us/{tenantid}/v2.0' },
        { ...ofNobody.jwk, issuer: issuerOf('{tenant}') },
      ],
    },
  };
  const allowedTenants = [ids.tenant, ids.otherTenant, ids.consumerTenant];
  const authentication = tenant.authentication({ tenantId: 'common', allowedTenants, acceptV1Tokens: false });
  verdict = (tid, key, changes = {}) => {
    const token = tenant.signAccessToken({ key, claims: { tid, iss: issuerOf(tid), ...changes } });
    return refusal(authentication.verify(token));
  };
});

describe('keys by tenant', () => {
  const FOREIGN = 'SIGNING_KEY_OF_ANOTHER_ISSUER';
  it.each([
    ['a work tenant, a key for all', ids.tenant, work, 'accepted'],
    ['another work tenant, the same key', ids.otherTenant, work, 'accepted'],
    ['a work tenant, its own key', ids.otherTenant, ofOneTenant, 'accepted'],
    ['a work tenant, the key of another', ids.tenant, ofOneTenant, FOREIGN],
    ['personal accounts, their key', ids.consumerTenant, personal, 'accepted'],
    ['a work tenant, the key of personal accounts', ids.tenant, personal, FOREIGN],
    ['personal accounts, a key for all work tenants', ids.consumerTenant, work, FOREIGN],
    ['personal accounts, the key of one work tenant', ids.consumerTenant, ofOneTenant, FOREIGN],
    ['a work tenant, the key of US Government', ids.tenant, ofGovernment, FOREIGN],
    ['a work tenant, a key with a template unknown to us', ids.tenant, ofNobody, FOREIGN],
    ['a tenant that is not allowed, a key for all', thirdTenant, work, 'TENANT_NOT_ALLOWED'],
  ])('%s', async (_name, tid, key, code) => {
    expect(await verdict(tid, key)).toBe(code);
  });

  it('one kid names a key of its own for each of two tenants', async () => {
    const [one, other] = [work, { ...ofOneTenant, kid: work.kid }];
    const issuers = [issuerOf(ids.tenant), issuerOf(ids.otherTenant)];
    tenant.answers[`${CLOUD}/common/discovery/v2.0/keys`] = {
      body: {
        keys: [one, other].map(({ jwk }, index) => ({ ...jwk, kid: work.kid, x5t: undefined, issuer: issuers[index] })),
      },
    };
    expect([await verdict(ids.tenant, one), await verdict(ids.otherTenant, other)]).toEqual(['accepted', 'accepted']);
    expect([await verdict(ids.tenant, other), await verdict(ids.otherTenant, one)]).toEqual([
      'SIGNATURE_INVALID',
      'SIGNATURE_INVALID',
    ]);
    expect(await verdict(ids.consumerTenant, one)).toBe(FOREIGN);
  });

  it('the issuer of US Government is not accepted either', async () => {
    const iss = `https://login.microsoftonline.us/${ids.tenant}/v2.0`;
    expect(await verdict(ids.tenant, ofGovernment, { iss })).toBe('ISSUER_MISMATCH');
  });

  it('the issuer of an allowed tenant with the tid of another is refused', async () => {
    expect(await verdict(ids.tenant, work, { iss: issuerOf(ids.otherTenant) })).toBe('ISSUER_MISMATCH');
  });

  it('the placeholder in place of the tenant is refused', async () => {
    expect(await verdict(ids.tenant, work, { iss: issuerOf('{tenantid}') })).toBe('ISSUER_MISMATCH');
  });

  it('one key set is fetched for all tenants', async () => {
    await verdict(ids.tenant, work);
    await verdict(ids.otherTenant, ofOneTenant);
    await verdict(ids.consumerTenant, personal);
    expect(tenant.fetched).toHaveLength(2);
  });
});

it('v1.0 key sets name no issuer: their keys are for every allowed tenant', async () => {
  tenant.answers[`${CLOUD}/common/.well-known/openid-configuration`] = {
    body: { issuer: 'https://sts.windows.net/{tenantid}/', jwks_uri: `${CLOUD}/common/discovery/keys` },
  };
  tenant.answers[`${CLOUD}/common/discovery/keys`] = { body: { keys: [work.jwk] } };
  const allowedTenants = [ids.tenant, ids.otherTenant];
  const authentication = tenant.authentication({ tenantId: 'common', allowedTenants });
  const verdicts = allowedTenants.map((tid) => {
    const claims = v1Claims({ tid, iss: `https://sts.windows.net/${tid}/` });
    return refusal(authentication.verify(signToken(work, { typ: 'JWT', alg: 'RS256', kid: work.kid }, claims)));
  });
  expect(await Promise.all(verdicts)).toEqual(['accepted', 'accepted']);
});
