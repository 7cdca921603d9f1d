import { sign } from 'node:crypto';
import { promisify } from 'node:util';
import type { SigningKey } from '../keys/signing-key.js';

/**
 * Signs a token with RS256 (RFC 7515 s.5.1). The header is taken as it is, even if it contradicts the signature. Servers
 * are tested with such tokens and a JWT library would refuse to make them.
 */
export async function signToken(
  header: Readonly<Record<string, unknown>>,
  claims: Readonly<Record<string, unknown>>,
  key: SigningKey,
): Promise<string> {
  const input = `${encode(header)}.${encode(claims)}`;
  const signature = await promisify(sign)('sha256', Buffer.from(input), key.privateKey);
  return `${input}.${signature.toString('base64url')}`;
}

function encode(part: Readonly<Record<string, unknown>>): string {
  return Buffer.from(JSON.stringify(part)).toString('base64url');
}
