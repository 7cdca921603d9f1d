import type { JsonObject } from '../json-object.js';
import { AccessTokenError } from '../refusals/access-token-error.js';
import { parsePart } from './token-form.js';
import { readKeyNames, type UnverifiedHeader } from './unverified-header.js';

/**
 * Members that are refused. `crit`, `b64`, `zip`, `enc` and `cty` would change how the token is read. `jwk`, `jku`, `x5u`
 * and `x5c` bring a key of the sender's choice. Ignoring them would be safe here. Refusing them protects the next receiver
 * of the token too and shows the attempt in the log (RFC 8725 s.3.10).
 */
const REFUSED_MEMBERS = ['crit', 'b64', 'zip', 'enc', 'cty', 'jwk', 'jku', 'x5u', 'x5c'] as const;

/** Entra sends `JWT`. `at+jwt` is an access token too (RFC 9068 s.2.1); any other type is some other kind of token. */
const ACCEPTED_TYPES = new Set(['jwt', 'at+jwt']);

/**
 * Reads and checks the header part of a token.
 *
 * @throws AccessTokenError TOKEN_ENCODING_INVALID, HEADER_MALFORMED, MEMBER_REPEATED, SIGNED_HTTP_REQUEST,
 * TOKEN_TYPE_NOT_ALLOWED, ALGORITHM_NOT_ALLOWED, HEADER_MEMBER_NOT_ALLOWED, TOKEN_FOR_GRAPH, KEY_ID_INVALID,
 * KEY_THUMBPRINT_MISMATCH
 */
export function readHeader(headerPart: string): UnverifiedHeader {
  const header = parsePart(headerPart, 'HEADER_MALFORMED');
  checkType(header);
  checkAlgorithm(header);
  checkMembers(header);
  checkNotForGraph(header);
  return readKeyNames(header);
}

/** Requires RS256. The algorithm is bound here because the keys of Entra do not name one (RFC 8725 s.3.1). */
export function checkAlgorithm({ alg }: JsonObject): void {
  if (alg !== 'RS256') throw new AccessTokenError('ALGORITHM_NOT_ALLOWED', { claim: 'alg' });
}

/** Refuses {@link REFUSED_MEMBERS} with HEADER_MEMBER_NOT_ALLOWED. */
export function checkMembers(header: JsonObject): void {
  const refused = REFUSED_MEMBERS.find((member) => Object.hasOwn(header, member));
  if (refused) throw new AccessTokenError('HEADER_MEMBER_NOT_ALLOWED', { claim: refused });
}

/** Types of a signed HTTP request, which holds an access token and proves possession of a key. */
const SIGNED_REQUEST_TYPES = new Set(['pop', 'at+pop', 'pop+jwt']);

/** Refuses with TOKEN_TYPE_NOT_ALLOWED or SIGNED_HTTP_REQUEST. */
export function checkType({ typ }: JsonObject): void {
  if (typ === undefined) return;
  const type = typeof typ === 'string' ? typ.toLowerCase() : '';
  if (SIGNED_REQUEST_TYPES.has(type)) throw new AccessTokenError('SIGNED_HTTP_REQUEST', { claim: 'typ' });
  if (!ACCEPTED_TYPES.has(type)) throw new AccessTokenError('TOKEN_TYPE_NOT_ALLOWED', { claim: 'typ' });
}

/**
 * Refuses tokens of Microsoft Graph with TOKEN_FOR_GRAPH. Their signature covers a header in which `nonce` is hashed.
 * Undoing that is easy and wrong, because the token is meant for Graph alone.
 */
export function checkNotForGraph(header: JsonObject): void {
  if (Object.hasOwn(header, 'nonce')) throw new AccessTokenError('TOKEN_FOR_GRAPH', { claim: 'nonce' });
}
