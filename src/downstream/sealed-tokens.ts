import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomBytes } from 'node:crypto';
import { parseJsonObject } from '../authentication/json-object.js';

/** A token as other servers of this API may use it. */
export interface SharedToken {
  readonly accessToken: string;
  /** Milliseconds since 1970. */
  readonly expiresAtMs: number;
  /** Time at which the user's own token was issued, in seconds since 1970, and its id. A revocation may concern it. */
  readonly issuedAtSeconds: number;
  readonly tokenId: string | undefined;
}

/** Encrypts tokens for a store that others can read. */
export interface TokenSeal {
  /** Returns the name under which a token is stored. It tells nothing about user and scopes. */
  nameOf(key: string): string;
  seal(name: string, token: SharedToken): string;
  /** Returns undefined for a text that was not sealed with this key and under this name. */
  open(name: string, sealed: string): SharedToken | undefined;
}

const IV_BYTES = 12;
const TAG_BYTES = 16;

/**
 * Creates the seal: AES-256-GCM. The name is authenticated too, so that a token which is moved under the name of another
 * user does not open. Names are HMAC-SHA256.
 *
 * @param secret 32 bytes
 */
export function createTokenSeal(secret: Buffer): TokenSeal {
  const derive = (purpose: string) => Buffer.from(hkdfSync('sha256', secret, '', `entra-graphql ${purpose}`, 32));
  const [cipherKey, nameKey] = [derive('downstream tokens'), derive('names of downstream tokens')];
  return {
    nameOf: (key) => createHmac('sha256', nameKey).update(key).digest('base64url'),
    seal(name, token) {
      const iv = randomBytes(IV_BYTES);
      const cipher = createCipheriv('aes-256-gcm', cipherKey, iv).setAAD(Buffer.from(name));
      const text = Buffer.concat([cipher.update(JSON.stringify(token), 'utf8'), cipher.final()]);
      return Buffer.concat([iv, cipher.getAuthTag(), text]).toString('base64');
    },
    open(name, sealed) {
      const bytes = Buffer.from(sealed, 'base64');
      if (bytes.length < IV_BYTES + TAG_BYTES) return undefined;
      try {
        const decipher = createDecipheriv('aes-256-gcm', cipherKey, bytes.subarray(0, IV_BYTES))
          .setAAD(Buffer.from(name))
          .setAuthTag(bytes.subarray(IV_BYTES, IV_BYTES + TAG_BYTES));
        const text = Buffer.concat([decipher.update(bytes.subarray(IV_BYTES + TAG_BYTES)), decipher.final()]);
        return tokenIn(text.toString());
      } catch {
        return undefined;
      }
    },
  };
}

function tokenIn(text: string): SharedToken | undefined {
  const { accessToken, expiresAtMs, issuedAtSeconds, tokenId } = parseJsonObject(text) ?? {};
  if (typeof accessToken !== 'string' || typeof expiresAtMs !== 'number' || typeof issuedAtSeconds !== 'number') {
    return undefined;
  }
  return { accessToken, expiresAtMs, issuedAtSeconds, tokenId: typeof tokenId === 'string' ? tokenId : undefined };
}
