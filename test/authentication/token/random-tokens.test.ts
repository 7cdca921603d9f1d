import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { refusal } from '../../support/refusal.js';
import { createTenant, delegatedClaims, encodePart, signToken } from '../../support/tenant.js';

const tenant = createTenant();
const authentication = tenant.authentication();
const header = { typ: 'JWT', alg: 'RS256', kid: tenant.key.kid };
const valid = tenant.signAccessToken();
const [encodedHeader = '', encodedPayload = '', signature = ''] = valid.split('.');
/** Anything but a refusal of ours makes `refusal` throw, and the property fail. */
const codeOf = (accessToken: string) => refusal(authentication.verify(accessToken));
const { numRuns = 500 } = fc.readConfigureGlobal();
const runs = { numRuns };

describe('whatever is sent', () => {
  it('any text', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'binary', maxLength: 300 }), async (text) => {
        expect(await codeOf(text)).not.toBe('accepted');
      }),
      runs,
    );
  });

  it('a valid token with characters replaced, put in or left out', async () => {
    const edit = fc.record({
      at: fc.nat({ max: valid.length }),
      remove: fc.nat({ max: 5 }),
      insert: fc.string({ maxLength: 5 }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(edit, { minLength: 1, maxLength: 3 }), async (edits) => {
        let text = valid;
        for (const { at, remove, insert } of edits) text = text.slice(0, at) + insert + text.slice(at + remove);
        expect((await codeOf(text)) === 'accepted').toBe(text === valid);
      }),
      runs,
    );
  });

  it('a valid signature over other parts', async () => {
    await fc.assert(
      fc.asyncProperty(fc.jsonValue(), fc.jsonValue(), async (one, other) => {
        expect(await codeOf(`${encodePart(one)}.${encodedPayload}.${signature}`)).not.toBe('accepted');
        expect(await codeOf(`${encodedHeader}.${encodePart(other)}.${signature}`)).not.toBe('accepted');
      }),
      runs,
    );
  });

  it('any bytes as signature', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ minLength: 250, maxLength: 260 }), async (bytes) => {
        const text = `${encodedHeader}.${encodedPayload}.${Buffer.from(bytes).toString('base64url')}`;
        expect(await codeOf(text)).not.toBe('accepted');
      }),
      runs,
    );
  });
});

describe('whatever the provider signs', () => {
  const claimNames = Object.keys(delegatedClaims()).concat(
    'roles',
    'acrs',
    'xms_cc',
    'idtyp',
    'cnf',
    '_claim_names',
    'acct',
  );
  /** Claims that decide on their own whether the token is for us; any other value must refuse it. */
  const decisive = ['aud', 'iss', 'tid', 'ver', 'oid', 'azp', 'exp', 'iat'] as const;

  it('one claim of any value: a refusal of ours or a whole caller', async () => {
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...claimNames), fc.jsonValue(), async (name, value) => {
        const token = signToken(tenant.key, header, delegatedClaims({ [name]: value }));
        const code = await codeOf(token);
        if (code !== 'accepted') return;
        const { caller } = await authentication.verify(token);
        expect(caller.tenantId).toMatch(/^[0-9a-f-]{36}$/);
        expect(caller.objectId).toMatch(/^[0-9a-f-]{36}$/);
      }),
      runs,
    );
  });

  it('a decisive claim of any other value is a refusal', async () => {
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...decisive), fc.jsonValue(), async (name, value) => {
        const token = signToken(tenant.key, header, delegatedClaims({ [name]: value }));
        expect(await codeOf(token)).not.toBe('accepted');
      }),
      runs,
    );
  });

  it('any header', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.dictionary(fc.constantFrom('alg', 'kid', 'typ', 'crit', 'x5t'), fc.jsonValue()),
        async (random) => {
          expect(
            await codeOf(signToken(tenant.key, { ...header, ...random, kid: random.kid ?? 'x' }, delegatedClaims())),
          ).not.toBe('accepted');
        },
      ),
      runs,
    );
  });
});
