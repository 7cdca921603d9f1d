import { AccessTokenError } from '../refusals/access-token-error.js';
import type { ReceivedCredentials } from './request-credentials.js';

/** Characters that would turn one credential or header into two (RFC 9110 s.5.3). */
const SEPARATORS = [' ', '\t', ','] as const;

/**
 * Returns the Bearer access token among credentials. Returns undefined without an Authorization header. Cookies, bodies and
 * other headers are never read (RFC 6750 s.2.1; s.2.2 and s.2.3 are not supported).
 *
 * @throws AccessTokenError AUTHORIZATION_HEADER_REPEATED, ACCESS_TOKEN_IN_URL, AUTHORIZATION_HEADER_MALFORMED or
 *   AUTHORIZATION_SCHEME_UNSUPPORTED
 */
export function bearerTokenIn({ authorizations, addresses }: ReceivedCredentials): string | undefined {
  if (addresses.some(hasTokenInUrl)) throw new AccessTokenError('ACCESS_TOKEN_IN_URL');
  // Two headers may name two callers, and the parts of a system may disagree on which one counts.
  if (authorizations.length > 1) throw new AccessTokenError('AUTHORIZATION_HEADER_REPEATED');
  const [header] = authorizations;
  if (header === undefined) return undefined;

  const afterScheme = header.slice('Bearer'.length);
  const isBearer = header.slice(0, 'Bearer'.length).toLowerCase() === 'bearer' && !/^\S/.test(afterScheme);
  if (!isBearer) throw new AccessTokenError('AUTHORIZATION_SCHEME_UNSUPPORTED');
  const accessToken = afterScheme.slice(1);
  const isOneWord = accessToken !== '' && SEPARATORS.every((separator) => !accessToken.includes(separator));
  if (!afterScheme.startsWith(' ') || !isOneWord) throw new AccessTokenError('AUTHORIZATION_HEADER_MALFORMED');
  return accessToken;
}

function hasTokenInUrl(url: string): boolean {
  const start = url.indexOf('?');
  return start !== -1 && new URLSearchParams(url.slice(start)).has('access_token');
}
