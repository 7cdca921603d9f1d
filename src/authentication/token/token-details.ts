import { type AccessTokenDetails, AccessTokenError } from '../access-token-error.js';
import { LOWER_CASE_GUID } from '../guid.js';
import type { JsonObject } from '../json-object.js';
import type { TokenVersion } from '../token-version.js';
import { MAX_AUDIENCES } from './claim-checks.js';
import { parsePart } from './token-form.js';
import { readKeyNames, type UnverifiedHeader } from './unverified-header.js';

/**
 * Forms that Entra gives these claims; a value of another form is not logged, whatever it is. An App ID URI is made of what
 * RFC 3986 s.2 calls unreserved, of `%`, `:` and `/`.
 */
const LOGGABLE = { tid: LOWER_CASE_GUID, ver: /^\d\.\d$/, aud: /^[\w:/.~%-]{1,128}$/, uti: /^[\w-]{1,64}$/ } as const;

/** Returns whether tokens of this version have an issuer on this host. */
export type IsIssuerHost = (host: string, version: TokenVersion) => boolean;

/** What the log may know of a token, as far as it could be read. */
export function detailsOf(
  { kid, x5t }: UnverifiedHeader,
  payload: JsonObject | AccessTokenError,
  isIssuerHost: IsIssuerHost,
): AccessTokenDetails {
  const keyName = kid === undefined && x5t !== undefined ? { x5t } : { kid };
  if (payload instanceof AccessTokenError) return keyName;
  return {
    ...keyName,
    iss: foreignHostIn(payload, isIssuerHost),
    tid: loggable(payload, 'tid'),
    ver: loggable(payload, 'ver'),
    aud: audiencesIn(payload),
    uti: tokenIdIn(payload),
  };
}

/** Returns what names the key in a header that may have other faults. */
export function keyNamesIn(headerPart: string): UnverifiedHeader {
  const header = parsePart(headerPart, 'HEADER_MALFORMED');
  const names = header instanceof AccessTokenError ? header : readKeyNames(onlyNameIn(header));
  return names instanceof AccessTokenError ? { kid: undefined, x5t: undefined } : names;
}

/** Leaves out an `x5t` beside a `kid`, so that a bad one does not keep the kid out of the log. */
function onlyNameIn({ kid, x5t }: JsonObject): JsonObject {
  return kid === undefined ? { x5t } : { kid };
}

const HOST = /^[a-z0-9.-]{1,128}(:\d{1,5})?$/;

/** Returns the host of an issuer that is not the authority's, and nothing else of it: a path or login may be anything. */
function foreignHostIn({ iss, ver }: JsonObject, isIssuerHost: IsIssuerHost): string | undefined {
  if (typeof iss !== 'string' || !/^https?:/i.test(iss) || !URL.canParse(iss)) return undefined;
  const { host } = new URL(iss);
  return HOST.test(host) && !isIssuerHost(host, ver === '1.0' ? ver : '2.0') ? host : undefined;
}

/** Claim `uti`: Entra's id of the token. */
export function tokenIdIn(payload: JsonObject): string | undefined {
  return loggable(payload, 'uti');
}

/** Of a list, all or nothing: one that was shortened would hide what did not match. */
function audiencesIn({ aud }: JsonObject): string | undefined {
  const audiences: unknown[] = Array.isArray(aud) ? aud : [aud];
  const areLoggable = audiences.length <= MAX_AUDIENCES && audiences.every((each) => isLoggable(each, 'aud'));
  return (areLoggable && audiences.join(' ')) || undefined;
}

function loggable(payload: JsonObject, claim: keyof typeof LOGGABLE): string | undefined {
  const value = payload[claim];
  return isLoggable(value, claim) ? value : undefined;
}

function isLoggable(value: unknown, claim: keyof typeof LOGGABLE): value is string {
  return typeof value === 'string' && LOGGABLE[claim].test(value);
}
