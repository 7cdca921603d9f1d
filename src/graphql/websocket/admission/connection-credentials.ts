import { AccessTokenError } from '../../../authentication/refusals/access-token-error.js';
import { isObject } from '../../../values/is-object.js';
import type { NodeRequest } from '../../context.js';

type ConnectionParams = Readonly<Record<string, unknown>>;

/**
 * Returns the credentials of a handshake and of the parameters that follow it, in the form of raw headers. So the same
 * reader checks both and finds a repeated one.
 *
 * @throws AccessTokenError for a token under another name: its caller would be anonymous without knowing it
 */
export function credentialsOf({ rawHeaders, url }: NodeRequest, params: ConnectionParams = {}): NodeRequest {
  const all = [...rawHeaders, ...Object.entries(params).filter(isAuthorization).flatMap(toHeader)];
  const isAnonymous = !all.some((name, index) => index % 2 === 0 && name.toLowerCase() === 'authorization');
  if (isAnonymous && Object.values(params).some(holdsToken)) throw new AccessTokenError('ACCESS_TOKEN_MISPLACED');
  return { rawHeaders: all, url };
}

function isAuthorization([name]: readonly [string, unknown]): boolean {
  return name.toLowerCase() === 'authorization';
}

function toHeader([name, value]: readonly [string, unknown]): readonly [string, string] {
  return [name, typeof value === 'string' ? value : ''];
}

/** Looks one level deep, which finds the `headers` that many clients are set up with. */
function holdsToken(value: unknown): boolean {
  return isObject(value) ? Object.values(value).some(looksLikeToken) : looksLikeToken(value);
}

/** The header of every JSON Web Token begins with `{"`. */
function looksLikeToken(value: unknown): boolean {
  return typeof value === 'string' && (value.startsWith('eyJ') || value.slice(0, 7).toLowerCase() === 'bearer ');
}
