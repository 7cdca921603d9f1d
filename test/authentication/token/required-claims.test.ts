import { describe, expect, it } from 'vitest';
import { refusal } from '../../support/refusal.js';
import { createTenant } from '../../support/tenant.js';

const tenant = createTenant();
const authentication = tenant.authentication({ requiredClaims: { ctry: ['DE', 'AT'], acct: ['0'] } });
const codeOf = (claims: Record<string, unknown>) =>
  refusal(authentication.verify(tenant.signAccessToken({ claims: { ctry: 'DE', acct: 0, ...claims } })));

describe('required claims', () => {
  it.each([{}, { ctry: 'AT' }, { ctry: ['FR', 'AT'] }, { acct: '0' }])('are met by %j', async (claims) => {
    expect(await codeOf(claims)).toBe('accepted');
  });

  it.each([
    { ctry: undefined },
    { ctry: 'FR' },
    { ctry: 'de' },
    { ctry: '' },
    { ctry: [] },
    { ctry: [['DE']] },
    { ctry: { DE: 'DE' } },
    { ctry: 'DE|AT' },
    { acct: 1 },
    { acct: null },
    { acct: false },
  ])('are not met by %j', async (claims) => {
    expect(await codeOf(claims)).toBe('REQUIRED_CLAIM_MISMATCH');
  });

  it('name the first claim that is not met', async () => {
    const token = tenant.signAccessToken({ claims: { ctry: 'DE', acct: 1 } });
    await expect(authentication.verify(token)).rejects.toMatchObject({ claim: 'acct', status: 401 });
  });

  it('may be a truth value', async () => {
    const verified = tenant.authentication({ requiredClaims: { verified: ['true'] } });
    expect(await refusal(verified.verify(tenant.signAccessToken({ claims: { verified: true } })))).toBe('accepted');
  });

  it('are a check of their own in an explanation, and none where there are none', async () => {
    const explain = async (own = authentication) =>
      (await own.explain(tenant.signAccessToken({ claims: { ctry: 'FR', acct: 0 } }))).checks.find(
        ({ check }) => check === 'required claims',
      );
    expect(await explain()).toMatchObject({
      expected: 'ctry DE or AT, acct 0',
      found: 'ctry "FR", acct 0',
      code: 'REQUIRED_CLAIM_MISMATCH',
    });
    expect(await explain(tenant.authentication())).toBeUndefined();
    expect((await authentication.explain('a.b.c')).checks).toContainEqual(
      expect.objectContaining({ check: 'required claims', found: 'ctry none, acct none', passed: undefined }),
    );
  });
});
