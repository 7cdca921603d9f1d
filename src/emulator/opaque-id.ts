import { randomBytes } from 'node:crypto';

/** Creates 256 random bits as text for codes, refresh tokens and other values that must not be guessed. */
export function createOpaqueId(): string {
  return randomBytes(32).toString('base64url');
}
