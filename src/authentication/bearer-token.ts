import { AccessTokenError } from './access-token-error.js';
import { type RequestCredentials, receivedCredentials } from './request-credentials.js';

/** What would make a second credential of one, or a second header of two (RFC 9110 s.5.3). */
const SEPARATORS = [' ', '\t', ','] as const;

/**
 * The Bearer access token of a request, or undefined when it has no Authorization header. Cookies, bodies and other
 * headers are never looked at (RFC 6750 s.2.1; s.2.2 and s.2.3 are not supported).
 *
 * @returns or a refusal: AUTHORIZATION_HEADER_REPEATED, ACCESS_TOKEN_IN_URL, AUTHORIZATION_HEADER_MALFORMED,
 * AUTHORIZATION_SCHEME_UNSUPPORTED
 * @throws TypeError when `request` is no such thing: it would look like one without credentials, or like a bug in here
 */
export function readBearerToken(request: RequestCredentials): string | undefined | AccessTokenError {
  const { rawHeaders, url } = receivedCredentials(request);
  if (hasTokenInUrl(url)) return new AccessTokenError('ACCESS_TOKEN_IN_URL');
  const header = authorizationHeader(rawHeaders);
  if (header === undefined || header instanceof AccessTokenError) return header;

  const afterScheme = header.slice('Bearer'.length);
  const isBearer = header.slice(0, 'Bearer'.length).toLowerCase() === 'bearer' && !/^\S/.test(afterScheme);
  if (!isBearer) return new AccessTokenError('AUTHORIZATION_SCHEME_UNSUPPORTED');
  const accessToken = afterScheme.slice(1);
  const isOneWord = accessToken !== '' && SEPARATORS.every((separator) => !accessToken.includes(separator));
  if (!afterScheme.startsWith(' ') || !isOneWord) return new AccessTokenError('AUTHORIZATION_HEADER_MALFORMED');
  return accessToken;
}

/** Two headers may name two callers, and the parts of a system rarely agree on which one counts: refuse both. */
function authorizationHeader(rawHeaders: readonly string[]): string | undefined | AccessTokenError {
  let found: string | undefined;
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index];
    if (name?.length !== 'authorization'.length || name.toLowerCase() !== 'authorization') continue;
    if (found !== undefined) return new AccessTokenError('AUTHORIZATION_HEADER_REPEATED');
    found = rawHeaders[index + 1] ?? '';
  }
  return found;
}

function hasTokenInUrl(url: string | undefined): boolean {
  const start = url?.indexOf('?') ?? -1;
  return start !== -1 && new URLSearchParams(url?.slice(start)).has('access_token');
}
