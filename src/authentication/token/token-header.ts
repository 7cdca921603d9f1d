import { AccessTokenError } from '../access-token-error.js';
import type { JsonObject } from '../json-object.js';
import { KEY_ID, thumbprintName } from '../keys/signing-key.js';
import { decodeText, parseText } from './token-form.js';

/** The members of a token's header that are used: they name the key that is said to have signed it. At least one is there. */
export interface UnverifiedHeader {
  readonly kid: string | undefined;
  /** SHA-1 thumbprint of the certificate, base64url. Entra sends it in v1.0 tokens, and AD FS sends nothing else. */
  readonly x5t: string | undefined;
}

/** Returns the name by which the key of a header is looked up: its kid, or its thumbprint where there is no kid. */
export function keyNameOf({ kid, x5t = '' }: UnverifiedHeader): string {
  return kid ?? thumbprintName(x5t);
}

/**
 * Members that would change how the token is read (`crit`, `b64`, `zip`, `enc`, `cty`) or bring a key of the sender's
 * choice (`jwk`, `jku`, `x5u`, `x5c`). Ignoring them would be safe here; refusing them is safe as well for whoever gets
 * the token next, and shows the attempt in the log (RFC 8725 s.3.10).
 */
const REFUSED_MEMBERS = ['crit', 'b64', 'zip', 'enc', 'cty', 'jwk', 'jku', 'x5u', 'x5c'] as const;

/** Entra sends `JWT`. `at+jwt` is an access token too (RFC 9068 s.2.1); any other type is some other kind of token. */
const ACCEPTED_TYPES = new Set(['jwt', 'at+jwt']);

const MAX_HEADERS_REMEMBERED = 100;

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
  const remembered = new Map<string, UnverifiedHeader>();
  return (headerPart) => {
    const known = remembered.get(headerPart);
    if (known) return known;
    const text = decodeText(headerPart);
    if (text instanceof AccessTokenError) return text;
    const header = readUsualHeader(text) ?? readHeader(text);
    if (header instanceof AccessTokenError) return header;
    if (!isHeld(keyNameOf(header))) return header;
    if (remembered.size >= MAX_HEADERS_REMEMBERED) remembered.clear();
    remembered.set(copyOf(headerPart), header);
    return header;
  };
}

/** A part of a string keeps the whole in memory, which here is somebody's token. */
function copyOf(part: string): string {
  return Buffer.from(part).toString();
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

/**
 * Reads `kid` and `x5t`. Refuses with KEY_ID_INVALID where no key is named, and with KEY_THUMBPRINT_MISMATCH where `x5t` beside
 * `kid` is not a text and therefore not a thumbprint.
 */
export function readKeyNames({ kid, x5t }: JsonObject): UnverifiedHeader | AccessTokenError {
  const name = kid === undefined ? x5t : kid;
  if (!isKeyId(name)) return new AccessTokenError('KEY_ID_INVALID', { claim: 'kid' });
  if (x5t !== undefined && typeof x5t !== 'string')
    return new AccessTokenError('KEY_THUMBPRINT_MISMATCH', { claim: 'x5t' });
  return { kid: kid === undefined ? undefined : name, x5t };
}

function isKeyId(value: unknown): value is string {
  return typeof value === 'string' && KEY_ID.test(value);
}
