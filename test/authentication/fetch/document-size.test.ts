import { expect, it } from 'vitest';
import { AUTHENTICATION_LIMITS } from '../../../src/authentication/limits.js';
import { refusal } from '../../support/refusal.js';
import { addresses, createTenant } from '../../support/tenant.js';

it.each([
  ['as large as is allowed is read', 0, 'accepted'],
  ['that is one byte larger is not used', 1, 'SIGNING_KEYS_UNAVAILABLE'],
])('a key set %s', async (_name, more, code) => {
  const tenant = createTenant();
  const text = JSON.stringify({ keys: tenant.keySets['2.0'] });
  const bytes = AUTHENTICATION_LIMITS.providerDocumentBytes.default + more;
  tenant.answers[addresses.v2Keys] = { body: text.padEnd(bytes) };
  expect(await refusal(tenant.authentication().verify(tenant.signAccessToken()))).toBe(code);
});
