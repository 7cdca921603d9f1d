import { isUtf8 } from 'node:buffer';
import { AccessTokenError } from '../access-token-error.js';
import { countMembers, hasRepeatedMember, type JsonObject, parseJsonObject } from '../json-object.js';
import { AUTHENTICATION_LIMITS } from '../limits.js';

/** Longest access token looked at, in bytes. */
export const MAX_TOKEN_BYTES = AUTHENTICATION_LIMITS.tokenBytes.default;

/** Longest header part looked at, in characters. */
export const MAX_HEADER_CHARACTERS = AUTHENTICATION_LIMITS.tokenHeaderLength.default;

/** A token in JWS compact form (RFC 7515 s.7.1) and its three parts, still encoded. None of it is verified. */
export interface CompactForm {
  readonly accessToken: string;
  readonly header: string;
  readonly payload: string;
  readonly signature: string;
}

/**
 * Takes a token apart without decoding anything in it.
 *
 * @returns or a refusal: TOKEN_TOO_LARGE, TOKEN_NOT_COMPACT, TOKEN_UNSIGNED, TOKEN_ENCRYPTED
 */
export function parseCompactForm(accessToken: string): CompactForm | AccessTokenError {
  if (accessToken.length > MAX_TOKEN_BYTES) return new AccessTokenError('TOKEN_TOO_LARGE');
  const headerEnd = accessToken.indexOf('.');
  if (headerEnd > MAX_HEADER_CHARACTERS) return new AccessTokenError('TOKEN_TOO_LARGE');
  const payloadEnd = accessToken.indexOf('.', headerEnd + 1);
  if (payloadEnd === -1) return new AccessTokenError('TOKEN_NOT_COMPACT');
  if (accessToken.includes('.', payloadEnd + 1)) {
    const isEncrypted = accessToken.split('.', 6).length === 5;
    return new AccessTokenError(isEncrypted ? 'TOKEN_ENCRYPTED' : 'TOKEN_NOT_COMPACT');
  }
  const header = accessToken.slice(0, headerEnd);
  const payload = accessToken.slice(headerEnd + 1, payloadEnd);
  const signature = accessToken.slice(payloadEnd + 1);
  if (header && payload && !signature) return new AccessTokenError('TOKEN_UNSIGNED');
  if (!header || !payload) return new AccessTokenError('TOKEN_NOT_COMPACT');
  return { accessToken, header, payload, signature };
}

/**
 * The bytes of a part, which must be written in the one canonical way: otherwise one signature could be written in sixteen
 * ways, each another key to a cache or a deny-list.
 *
 * @returns or a refusal: TOKEN_ENCODING_INVALID
 */
export function decodePart(part: string): Buffer | AccessTokenError {
  const bytes = Buffer.from(part, 'base64url');
  return isCanonical(part, bytes.length) ? bytes : new AccessTokenError('TOKEN_ENCODING_INVALID');
}

/**
 * Whether encoding the bytes again would give `part`. Node's decoder skips what is not base64, which makes fewer bytes; it
 * takes the two characters of plain base64; of characters beyond Latin-1 it may see the lower byte alone; and it ignores the
 * unused bits at the end. Nothing else can differ.
 */
function isCanonical(part: string, byteCount: number): boolean {
  if (Buffer.byteLength(part) !== part.length) return false;
  if (byteCount !== Math.floor((part.length * 3) / 4) || part.includes('+') || part.includes('/')) return false;
  const endings = ENDINGS[part.length % 4];
  return endings === undefined || endings.includes(part.slice(-1));
}

/**
 * Characters that may end a part, by how many follow the last group of four: those in which the bits that belong to no byte
 * are 0 (RFC 4648 s.3.5). One character alone makes no byte.
 */
const ENDINGS = [undefined, '', 'AQgw', 'AEIMQUYcgkosw048'] as const;

type Malformed = 'HEADER_MALFORMED' | 'PAYLOAD_MALFORMED';

/**
 * The JSON object in a part.
 *
 * @returns or a refusal: TOKEN_ENCODING_INVALID; `malformed` when it is no JSON object, not UTF-8, or begins with a byte
 * order mark; MEMBER_REPEATED when a name occurs twice; TOKEN_TOO_LARGE when there are more members than a token has
 */
export function parsePart(part: string, malformed: Malformed): JsonObject | AccessTokenError {
  const text = decodeText(part);
  return text instanceof AccessTokenError ? text : parseText(text, malformed);
}

/** Where texts are decoded, one at a time: a buffer for each costs almost as much as decoding. */
const decoded = Buffer.allocUnsafeSlow(MAX_TOKEN_BYTES);

/** The text in a part, empty when it is not UTF-8; or a refusal: TOKEN_ENCODING_INVALID. */
export function decodeText(part: string): string | AccessTokenError {
  const byteCount = decoded.write(part, 'base64url');
  if (!isCanonical(part, byteCount)) return new AccessTokenError('TOKEN_ENCODING_INVALID');
  const text = decoded.toString('utf8', 0, byteCount);
  // This character stands for bytes that are not UTF-8, and for itself.
  return text.includes('\ufffd') && !isUtf8(decoded.subarray(0, byteCount)) ? '' : text;
}

/** The JSON object that the text of a part is; or a refusal: `malformed`, MEMBER_REPEATED, TOKEN_TOO_LARGE. */
export function parseText(text: string, malformed: Malformed): JsonObject | AccessTokenError {
  const members = countMembers(text);
  if (members === undefined) return new AccessTokenError('TOKEN_TOO_LARGE');
  const object = parseJsonObject(text);
  if (!object) return new AccessTokenError(malformed);
  if (hasRepeatedMember(object, members)) return new AccessTokenError('MEMBER_REPEATED');
  return object;
}
