import type { JsonObject } from '../json-object.js';
import { KEY_ID, thumbprintName } from '../keys/signing-key.js';
import { AccessTokenError } from '../refusals/access-token-error.js';

/**
 * The members of a token's header that name the key which is said to have signed it. At least one of them is present.
 */
export interface UnverifiedHeader {
  readonly kid: string | undefined;
  /** SHA-1 thumbprint of the certificate, base64url. Entra sends it in v1.0 tokens. AD FS sends only this. */
  readonly x5t: string | undefined;
}

/** Returns the name by which the key of a header is looked up. It is the kid or else the thumbprint. */
export function keyNameOf({ kid, x5t = '' }: UnverifiedHeader): string {
  return kid ?? thumbprintName(x5t);
}

/**
 * Reads `kid` and `x5t`. Without `kid`, the thumbprint must have the form of a key id too.
 *
 * @throws AccessTokenError KEY_ID_INVALID if no key is named, KEY_THUMBPRINT_MISMATCH if `x5t` beside `kid` is not a string
 */
export function readKeyNames({ kid, x5t }: JsonObject): UnverifiedHeader {
  const name = kid === undefined ? x5t : kid;
  if (typeof name !== 'string' || !KEY_ID.test(name)) throw new AccessTokenError('KEY_ID_INVALID', { claim: 'kid' });
  if (x5t !== undefined && typeof x5t !== 'string') {
    throw new AccessTokenError('KEY_THUMBPRINT_MISMATCH', { claim: 'x5t' });
  }
  return { kid: kid === undefined ? undefined : name, x5t };
}
