import { isUtf8 } from 'node:buffer';
import { countMembers, hasRepeatedMember, type JsonObject, parseJsonObject } from '../json-object.js';
import { AUTHENTICATION_LIMITS } from '../limits.js';
import { AccessTokenError } from '../refusals/access-token-error.js';

export const MAX_TOKEN_BYTES = AUTHENTICATION_LIMITS.tokenBytes.default;

export const MAX_HEADER_CHARACTERS = AUTHENTICATION_LIMITS.tokenHeaderLength.default;

/** A token in JWS compact form (RFC 7515 s.7.1) and its three parts, still encoded. None of it is verified. */
export interface CompactForm {
  readonly accessToken: string;
  readonly header: string;
  readonly payload: string;
  readonly signature: string;
}

/**
 * Splits a token into its parts without decoding them. Only the header of two parts is read, which may say why there are two.
 *
 * @throws AccessTokenError TOKEN_TOO_LARGE, TOKEN_NOT_COMPACT, TOKEN_UNSIGNED or TOKEN_ENCRYPTED
 */
export function parseCompactForm(accessToken: string): CompactForm {
  if (accessToken.length > MAX_TOKEN_BYTES) throw new AccessTokenError('TOKEN_TOO_LARGE');
  const headerEnd = accessToken.indexOf('.');
  if (headerEnd === -1) throw new AccessTokenError('TOKEN_NOT_COMPACT');
  if (headerEnd > MAX_HEADER_CHARACTERS) throw new AccessTokenError('TOKEN_TOO_LARGE');
  const payloadEnd = accessToken.indexOf('.', headerEnd + 1);
  if (payloadEnd === -1) {
    throw new AccessTokenError(saysUnsigned(accessToken.slice(0, headerEnd)) ? 'TOKEN_UNSIGNED' : 'TOKEN_NOT_COMPACT');
  }
  if (accessToken.includes('.', payloadEnd + 1)) {
    const isEncrypted = accessToken.split('.', 6).length === 5;
    throw new AccessTokenError(isEncrypted ? 'TOKEN_ENCRYPTED' : 'TOKEN_NOT_COMPACT');
  }
  const header = accessToken.slice(0, headerEnd);
  const payload = accessToken.slice(headerEnd + 1, payloadEnd);
  const signature = accessToken.slice(payloadEnd + 1);
  if (header && payload && !signature) throw new AccessTokenError('TOKEN_UNSIGNED');
  if (!header || !payload) throw new AccessTokenError('TOKEN_NOT_COMPACT');
  return { accessToken, header, payload, signature };
}

/** Returns whether a header has the algorithm `none`. Some tools leave out the dot that ends an unsigned token. */
function saysUnsigned(header: string): boolean {
  const alg = parseJsonObject(Buffer.from(header, 'base64url').toString())?.alg;
  return typeof alg === 'string' && alg.toLowerCase() === 'none';
}

/**
 * Returns the bytes of a part. The encoding must be canonical. Otherwise one signature could be written in sixteen ways, and
 * each would be another key to a cache or a deny-list.
 *
 * @throws AccessTokenError TOKEN_ENCODING_INVALID
 */
export function decodePart(part: string): Buffer {
  const bytes = Buffer.from(part, 'base64url');
  if (!isCanonical(part, bytes.length)) throw new AccessTokenError('TOKEN_ENCODING_INVALID');
  return bytes;
}

/**
 * Returns whether encoding the bytes again would give `part`. It differs in four cases only. Node's decoder skips what is not
 * base64, which makes fewer bytes. It takes the two characters of plain base64. Of a character beyond Latin-1 it may read the
 * lower byte alone. It ignores the unused bits at the end.
 */
function isCanonical(part: string, byteCount: number): boolean {
  if (Buffer.byteLength(part) !== part.length) return false;
  if (byteCount !== Math.floor((part.length * 3) / 4) || part.includes('+') || part.includes('/')) return false;
  const endings = ENDINGS[part.length % 4];
  return endings === undefined || endings.includes(part.slice(-1));
}

/**
 * Characters that may end a part, by the number of characters after the last group of four. Their unused bits are 0 (RFC
 * 4648 s.3.5). One character alone makes no byte.
 */
const ENDINGS = [undefined, '', 'AQgw', 'AEIMQUYcgkosw048'] as const;

type Malformed = 'HEADER_MALFORMED' | 'PAYLOAD_MALFORMED';

/**
 * Returns the text in a part, empty if it is not UTF-8.
 *
 * @throws AccessTokenError TOKEN_ENCODING_INVALID
 */
function decodeText(part: string): string {
  const bytes = decodePart(part);
  return isUtf8(bytes) ? bytes.toString() : '';
}

/**
 * Returns the JSON object in a part.
 *
 * @throws AccessTokenError TOKEN_ENCODING_INVALID; `malformed` if the part is not a JSON object in UTF-8 or begins with a
 *   byte order mark; MEMBER_REPEATED if a name occurs twice; TOKEN_TOO_LARGE if there are more members than in a token of
 *   Entra
 */
export function parsePart(part: string, malformed: Malformed): JsonObject {
  const text = decodeText(part);
  const members = countMembers(text);
  if (members === undefined) throw new AccessTokenError('TOKEN_TOO_LARGE');
  const object = parseJsonObject(text);
  if (!object) throw new AccessTokenError(malformed);
  if (hasRepeatedMember(object, members)) throw new AccessTokenError('MEMBER_REPEATED');
  return object;
}
