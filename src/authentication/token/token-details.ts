import { LOWER_CASE_GUID } from '../guid.js';
import type { JsonObject } from '../json-object.js';
import { type AccessTokenDetails, readable } from '../refusals/access-token-error.js';
import type { TokenVersion } from '../token-version.js';
import { MAX_AUDIENCES } from './claim-checks.js';
import { type CompactForm, parsePart } from './token-form.js';
import { readKeyNames, type UnverifiedHeader } from './unverified-header.js';

/**
 * Forms that Entra gives these claims. A value of another form is not logged. An App ID URI consists of the unreserved
 * characters of RFC 3986 s.2 and of `%`, `:` and `/`.
 */
const LOGGABLE = { tid: LOWER_CASE_GUID, ver: /^\d\.\d$/, aud: /^[\w:/.~%-]{1,128}$/, uti: /^[\w-]{1,64}$/ } as const;

export type IsIssuerHost = (host: string, version: TokenVersion) => boolean;

/** Returns the parts of a token that may be logged and can be read. */
export function detailsOf(token: CompactForm, isIssuerHost: IsIssuerHost): AccessTokenDetails {
  const { kid, x5t } = readable(() => keyNamesIn(token.header)) ?? { kid: undefined };
  const keyName = kid === undefined && x5t !== undefined ? { x5t } : { kid };
  const payload = readable(() => parsePart(token.payload, 'PAYLOAD_MALFORMED'));
  if (!payload) return keyName;
  return {
    ...keyName,
    iss: foreignHostIn(payload, isIssuerHost),
    tid: loggable(payload, 'tid'),
    ver: loggable(payload, 'ver'),
    aud: audiencesIn(payload),
    uti: tokenIdIn(payload),
  };
}

/** Reads the name of the key in a header that may have other faults, such as a bad `x5t` beside the `kid`. */
function keyNamesIn(headerPart: string): UnverifiedHeader {
  const { kid, x5t } = parsePart(headerPart, 'HEADER_MALFORMED');
  return readKeyNames(kid === undefined ? { x5t } : { kid });
}

const HOST = /^[a-z0-9.-]{1,128}(:\d{1,5})?$/;

/**
 * Returns the host of an issuer that is not the authority's. The rest of it is left out because a path or login may be
 * anything.
 */
function foreignHostIn({ iss, ver }: JsonObject, isIssuerHost: IsIssuerHost): string | undefined {
  if (typeof iss !== 'string' || !/^https?:/i.test(iss) || !URL.canParse(iss)) return undefined;
  const { host } = new URL(iss);
  return HOST.test(host) && !isIssuerHost(host, ver === '1.0' ? ver : '2.0') ? host : undefined;
}

/** Returns the claim `uti`, which is Entra's id of the token. */
export function tokenIdIn(payload: JsonObject): string | undefined {
  return loggable(payload, 'uti');
}

/** Returns the whole `aud` list or nothing: a truncated list could omit the entry that matters. */
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
