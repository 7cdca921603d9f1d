import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { parseSigningKey, UnusableKeyError } from '../../src/authentication/keys/signing-key.js';
import { AccessTokenError } from '../../src/authentication/refusals/access-token-error.js';
import { decodePart, parseCompactForm } from '../../src/authentication/token/token-form.js';
import { readHeader } from '../../src/authentication/token/token-header.js';
import { verifySignature } from '../../src/authentication/token/verify-signature.js';
import { withRecordedData } from '../support/execution/recorded-data.js';

const Vectors = z.object({
  groups: z.array(
    z.object({
      comment: z.string(),
      public: z.record(z.string(), z.unknown()),
      tests: z.array(z.object({ tcId: z.number(), comment: z.string(), jws: z.string(), result: z.string() })),
    }),
  ),
});

/**
 * Everything that is done to a token before its claims are read. The vectors sign texts that are not claims, which is
 * said only after the signature was found good.
 */
function accepts(jwk: Record<string, unknown>, jws: string): boolean {
  try {
    const key = parseSigningKey(jwk, undefined);
    const form = parseCompactForm(jws);
    const header = readHeader(form.header);
    const rightLength = decodePart(form.signature).length === key.signatureBytes;
    if (header.kid !== key.kid || !rightLength) return false;
    verifySignature(jws, key, {});
    return true;
  } catch (error) {
    if (error instanceof AccessTokenError) return error.code === 'PAYLOAD_MALFORMED';
    if (error instanceof UnusableKeyError) return false;
    throw error;
  }
}

/** Vectors that we refuse on purpose: RS256 alone is accepted, and a payload is required. */
function isStricterHere(jwk: Record<string, unknown>, jws: string): boolean {
  return jwk.alg === 'RS384' || jwk.alg === 'RS512' || jws.split('.')[1] === '';
}

describe('the RSA signature vectors of Wycheproof', () => {
  withRecordedData('wycheproof-jws-rs256.json', (data) => {
    const { groups } = Vectors.parse(data);
    const vectors = groups.flatMap(({ comment, public: jwk, tests }) =>
      tests.map((test) => ({ ...test, group: comment, jwk })),
    );

    it.each(vectors)('$tcId $group $comment: $result', ({ jwk, jws, result }) => {
      expect(accepts(jwk, jws)).toBe(result === 'valid' && !isStricterHere(jwk, jws));
    });

    it('some of them are valid', () => {
      expect(vectors.filter(({ jwk, jws }) => accepts(jwk, jws)).length).toBeGreaterThanOrEqual(5);
    });
  });
});
