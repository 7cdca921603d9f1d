import { constants, type KeyObject, verify } from 'node:crypto';
import { isJsonObject } from '../../values/is-object.js';

/** A parsed signed token. Its content must not be trusted before its signature is checked. */
export interface UnverifiedToken {
  readonly header: Readonly<Record<string, unknown>>;
  readonly claims: Readonly<Record<string, unknown>>;
  readonly signed: string;
  readonly signature: Buffer;
}

/** Reads a JWT in its compact form (RFC 7515 s.7.1). Returns undefined if the text is not one. */
export function readToken(text: string): UnverifiedToken | undefined {
  const [header = '', claims = '', signature = '', ...rest] = text.split('.');
  const read = { header: parsePart(header), claims: parsePart(claims) };
  if (!read.header || !read.claims || rest.length > 0) return undefined;
  return {
    header: read.header,
    claims: read.claims,
    signed: `${header}.${claims}`,
    signature: Buffer.from(signature, 'base64url'),
  };
}

/** Returns whether the key made the signature. The header says RS256 or PS256 (RFC 7518 s.3). */
export function isSignedBy(key: KeyObject, { header, signed, signature }: UnverifiedToken): boolean {
  if (header.alg !== 'RS256' && header.alg !== 'PS256') return false;
  const padding = header.alg === 'PS256' ? constants.RSA_PKCS1_PSS_PADDING : constants.RSA_PKCS1_PADDING;
  return verify('sha256', Buffer.from(signed), { key, padding }, signature);
}

/** Returns whether the time is before `exp` and at most 60 seconds before `nbf`. Only `exp` must be there. */
export function isInTime({ claims }: UnverifiedToken, nowMs: number): boolean {
  const { exp, nbf } = claims;
  return (
    typeof exp === 'number' && nowMs < exp * 1000 && (typeof nbf !== 'number' || nbf * 1000 <= nowMs + TOLERANCE_MS)
  );
}

const TOLERANCE_MS = 60_000;

function parsePart(part: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(part, 'base64url').toString());
    return isJsonObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
