import { type AccessTokenDetails, AccessTokenError } from '../access-token-error.js';
import { LOWER_CASE_GUID } from '../guid.js';
import type { JsonObject } from '../json-object.js';
import { parsePart } from './token-form.js';
import { keyId } from './token-header.js';

/** Forms that Entra gives these claims; a value of another form is not logged, whatever it is. */
const LOGGABLE = { tid: LOWER_CASE_GUID, ver: /^\d\.\d$/, aud: /^[\w:/.-]{1,128}$/, uti: /^[\w-]{1,64}$/ } as const;

/** What the log may know of a token, as far as it could be read. */
export function detailsOf(
  { kid }: Pick<AccessTokenDetails, 'kid'>,
  payload: JsonObject | AccessTokenError,
): AccessTokenDetails {
  if (payload instanceof AccessTokenError) return { kid };
  return {
    kid,
    tid: loggable(payload, 'tid'),
    ver: loggable(payload, 'ver'),
    aud: loggable(payload, 'aud'),
    uti: tokenIdIn(payload),
  };
}

/** The kid of a header that may have other faults. */
export function kidIn(headerPart: string): string | undefined {
  const header = parsePart(headerPart, 'HEADER_MALFORMED');
  const kid = header instanceof AccessTokenError ? undefined : keyId(header);
  return kid instanceof AccessTokenError ? undefined : kid;
}

/** Claim `uti`: Entra's id of the token. */
export function tokenIdIn(payload: JsonObject): string | undefined {
  return loggable(payload, 'uti');
}

function loggable(payload: JsonObject, claim: keyof typeof LOGGABLE): string | undefined {
  const value = payload[claim];
  return typeof value === 'string' && LOGGABLE[claim].test(value) ? value : undefined;
}
