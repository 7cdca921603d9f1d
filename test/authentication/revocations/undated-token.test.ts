import { expect, it } from 'vitest';
import type { Caller } from '../../../src/authentication/caller.js';
import { checkRevocation } from '../../../src/authentication/revocations/check-revocation.js';

it('a token that does not say when it was issued counts as older than every revocation', () => {
  const caller: Caller = {
    kind: 'app-only',
    tenantId: '11111111-1111-4111-8111-111111111111',
    objectId: '22222222-2222-4222-8222-222222222222',
    clientId: '33333333-3333-4333-8333-333333333333',
    isGuest: false,
    claims: {},
    permissions: new Set(),
  };
  const check = () => checkRevocation({ caller, tokenId: undefined }, { revokedBefore: () => 1 }, 'served');
  expect(check).toThrow(expect.objectContaining({ code: 'TOKEN_REVOKED' }));
});
