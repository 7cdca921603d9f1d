import type { AccessTokenError } from '../access-token-error.js';
import { describeFailure } from '../failure-catalogue.js';
import { microsoftServiceOf } from '../token/microsoft-audiences.js';

/**
 * Returns what the log says to change about a refused token: the catalogue's hint, or where the token is for a service of
 * Microsoft's own, that it is never for this API.
 */
export function refusalHint({ code, details }: Pick<AccessTokenError, 'code' | 'details'>): string {
  const { hint } = describeFailure(code);
  if (code !== 'AUDIENCE_MISMATCH') return hint;
  const services = (details.aud ?? '').split(' ').map(microsoftServiceOf);
  const service = services.find((name) => name !== undefined);
  return service === undefined ? hint : serviceAdvice(service, 'api://<client id of the API>');
}

/** Returns the advice on a token that was made for a service of Microsoft's own. */
export function serviceAdvice(service: string, appIdUri: string): string {
  return `This token is for ${service}, and never for this API. Request one for this API: scope ${appIdUri}/<scope name>.`;
}
