import { AccessTokenError } from '../access-token-error.js';
import type { JsonObject } from '../json-object.js';
import { createHeaderMemory } from './header-memory.js';
import { decodeText, parseText } from './token-form.js';
import { keyNameOf, readKeyNames, type UnverifiedHeader } from './unverified-header.js';

/**
 * Members that would change how the token is read (`crit`, `b64`, `zip`, `enc`, `cty`) or bring a key of the sender's
 * choice (`jwk`, `jku`, `x5u`, `x5c`). Ignoring them would be safe here; refusing them is safe as well for whoever gets
 * the token next, and shows the attempt in the log (RFC 8725 s.3.10).
 */
const REFUSED_MEMBERS = ['crit', 'b64', 'zip', 'enc', 'cty', 'jwk', 'jku', 'x5u', 'x5c'] as const;

/** Entra sends `JWT`. `at+jwt` is an access token too (RFC 9068 s.2.1); any other type is some other kind of token. */
const ACCEPTED_TYPES = new Set(['jwt', 'at+jwt']);

/**
 * Makes a function that reads and checks the header part of a token. All tokens signed with one key have the same
 * header, so one that is right and names a key we hold is remembered by its text; that is no verdict on any token.
 *
 * Its refusals: TOKEN_ENCODING_INVALID, HEADER_MALFORMED, MEMBER_REPEATED, SIGNED_HTTP_REQUEST,
 * TOKEN_TYPE_NOT_ALLOWED, ALGORITHM_NOT_ALLOWED, HEADER_MEMBER_NOT_ALLOWED, TOKEN_FOR_GRAPH, KEY_ID_INVALID, KEY_THUMBPRINT_MISMATCH.
 */
export function createHeaderReader(
  isHeld: (keyName: string) => boolean,
): (headerPart: string) => UnverifiedHeader | AccessTokenError {
  const memory = createHeaderMemory();
  return (headerPart) => {
    const known = memory.find(headerPart);
    if (known) return known;
    const text = decodeText(headerPart);
    if (text instanceof AccessTokenError) return text;
    const header = readUsualHeader(text) ?? readHeader(text);
    if (header instanceof AccessTokenError) return header;
    return isHeld(keyNameOf(header)) ? memory.remember(headerPart, header) : header;
  };
}

/**
 * As Entra writes it, v2.0 tokens without thumbprint. There is nothing in such a text that the checks below could refuse; to
 * find that out takes them four times as long, which counts where strangers send made-up keys.
 */
const USUAL_HEADER = /^\{"typ":"JWT","alg":"RS256",(?:"x5t":"([\w-]{1,128})",)?"kid":"([\w.@-]{1,128})"\}$/;

function readUsualHeader(text: string): UnverifiedHeader | undefined {
  const [, x5t, kid] = USUAL_HEADER.exec(text) ?? [];
  return kid === undefined ? undefined : { kid, x5t };
}

function readHeader(text: string): UnverifiedHeader | AccessTokenError {
  const parsed = parseText(text, 'HEADER_MALFORMED');
  return parsed instanceof AccessTokenError ? parsed : checkHeader(parsed);
}

function checkHeader(header: JsonObject): UnverifiedHeader | AccessTokenError {
  const refused = checkType(header) ?? checkAlgorithm(header) ?? checkMembers(header) ?? checkNotForGraph(header);
  return refused ?? readKeyNames(header);
}

/** RS256 is bound here, not by the key set: Entra's keys name no algorithm (RFC 8725 s.3.1). */
export function checkAlgorithm({ alg }: JsonObject): AccessTokenError | undefined {
  return alg === 'RS256' ? undefined : new AccessTokenError('ALGORITHM_NOT_ALLOWED', { claim: 'alg' });
}

/** Refuses with HEADER_MEMBER_NOT_ALLOWED. */
export function checkMembers(header: JsonObject): AccessTokenError | undefined {
  const refused = REFUSED_MEMBERS.find((member) => Object.hasOwn(header, member));
  return refused && new AccessTokenError('HEADER_MEMBER_NOT_ALLOWED', { claim: refused });
}

/** Types of a signed HTTP request, which holds an access token and proves possession of a key. */
const SIGNED_REQUEST_TYPES = new Set(['pop', 'at+pop', 'pop+jwt']);

/** Refuses with TOKEN_TYPE_NOT_ALLOWED, SIGNED_HTTP_REQUEST. */
export function checkType({ typ }: JsonObject): AccessTokenError | undefined {
  if (typeof typ === 'string' && SIGNED_REQUEST_TYPES.has(typ.toLowerCase())) {
    return new AccessTokenError('SIGNED_HTTP_REQUEST', { claim: 'typ' });
  }
  if (typ === undefined || (typeof typ === 'string' && ACCEPTED_TYPES.has(typ.toLowerCase()))) return undefined;
  return new AccessTokenError('TOKEN_TYPE_NOT_ALLOWED', { claim: 'typ' });
}

/**
 * Microsoft Graph's tokens are signed over a header in which `nonce` is hashed. Undoing that is easy and wrong: the
 * token is meant for Graph alone.
 */
export function checkNotForGraph(header: JsonObject): AccessTokenError | undefined {
  return Object.hasOwn(header, 'nonce') ? new AccessTokenError('TOKEN_FOR_GRAPH', { claim: 'nonce' }) : undefined;
}
