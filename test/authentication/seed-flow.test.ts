import { expect, it } from 'vitest';
import { refusal } from '../support/refusal.js';
import { createKey, createTenant, delegatedClaims, ids, signToken, v1Claims } from '../support/tenant.js';

const configurationAddress = `https://login.microsoftonline.com/${ids.tenant}/.well-known/openid-configuration`;
const keysAddress = 'https://login.windows.net/common/discovery/keys';

it('header kid → OpenID configuration → jwks_uri → matching key → RS256 signature and audience', async () => {
  const tenant = createTenant();
  const [decoy, signer] = [createKey(), createKey()];
  tenant.answers[configurationAddress] = {
    body: { issuer: `https://sts.windows.net/${ids.tenant}/`, jwks_uri: keysAddress },
  };
  tenant.answers[keysAddress] = { body: { keys: [decoy.jwk, signer.jwk] } };
  const authentication = tenant.authentication({ audiences: [ids.api] });

  const header = { typ: 'JWT', alg: 'RS256', kid: signer.kid, x5t: signer.kid };
  const accessToken = signToken(signer, header, v1Claims({ aud: ids.api }));
  const rawHeaders = ['Authorization', `Bearer ${accessToken}`];
  const verified = await authentication.authenticate({ rawHeaders, url: '/graphql' });

  expect(verified?.caller).toMatchObject({ kind: 'delegated', tenantId: ids.tenant, objectId: ids.user });
  expect(tenant.fetched).toEqual([configurationAddress, keysAddress]);

  const forOthers = signToken(signer, header, v1Claims({ aud: 'https://other.example' }));
  expect(await refusal(authentication.verify(forOthers))).toBe('AUDIENCE_MISMATCH');
  const byTheOtherKey = signToken(decoy, header, v1Claims({ aud: ids.api }));
  expect(await refusal(authentication.verify(byTheOtherKey))).toBe('SIGNATURE_INVALID');
});

it('a token whose iss points to another key server is refused without that server being asked', async () => {
  const tenant = createTenant();
  const attacker = createKey();
  const iss = `https://login.attacker.example/${ids.tenant}/v2.0`;
  tenant.answers[`${iss}/.well-known/openid-configuration`] = { body: { issuer: iss, jwks_uri: `${iss}/keys` } };
  tenant.answers[`${iss}/keys`] = { body: { keys: [attacker.jwk] } };
  const authentication = tenant.authentication();

  const token = signToken(attacker, { typ: 'JWT', alg: 'RS256', kid: attacker.kid }, delegatedClaims({ iss }));
  expect(await refusal(authentication.verify(token))).toBe('ISSUER_MISMATCH');
  expect(tenant.fetched.filter((address) => address.includes('attacker'))).toEqual([]);
});
