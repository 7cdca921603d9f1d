import { instanceAdvice } from '../keys/clouds.js';
import { adviceOn } from '../keys/foreign-issuer.js';
import { PERSONAL_ACCOUNTS } from '../keys/signing-key.js';
import type { AccessTokenDetails, AccessTokenError } from '../refusals/access-token-error.js';
import { describeFailure } from '../refusals/failure-catalogue.js';
import { microsoftServiceOf } from '../token/microsoft-audiences.js';

/**
 * Returns the hint of the log line about a refused token. It says more than the catalogue's hint for a token that was made
 * for a service of Microsoft's own, and for one of another cloud or authority.
 */
export function refusalHint({ code, details }: Pick<AccessTokenError, 'code' | 'details'>): string {
  const { hint } = describeFailure(code);
  switch (code) {
    case 'AUDIENCE_MISMATCH':
      return serviceHint(details) ?? hint;
    case 'ISSUER_MISMATCH':
      return issuerHint(details) ?? hint;
    case 'TENANT_NOT_ALLOWED':
      return tenantAdvice(details) ?? hint;
    default:
      return hint;
  }
}

function serviceHint({ aud = '' }: AccessTokenDetails): string | undefined {
  const service = aud
    .split(' ')
    .map(microsoftServiceOf)
    .find((name) => name !== undefined);
  return service && serviceAdvice(service, 'api://<client id of the API>');
}

/** Names only the host of a foreign issuer as in the log, because the rest of it can be anything. */
function issuerHint({ iss, expectedIss }: AccessTokenDetails): string | undefined {
  if (expectedIss === undefined) return undefined;
  const found = iss === undefined ? 'another issuer of the same host' : `an issuer of the host ${iss}`;
  return `Expected ${expectedIss}, got ${found}. ${adviceOn(iss === undefined ? expectedIss : `https://${iss}`, [expectedIss])}`;
}

/**
 * Returns more specific advice on a token of a tenant that is not allowed. To allow the tenant's id is not enough for a tenant
 * of another cloud. For personal accounts it is enough only with `common`.
 *
 * @param token `iss` is the host of a foreign issuer
 */
export function tenantAdvice({ tid, iss }: Pick<AccessTokenDetails, 'tid' | 'iss'>): string | undefined {
  if (tid === PERSONAL_ACCOUNTS) return PERSONAL;
  const { hint } = describeFailure('TENANT_NOT_ALLOWED');
  const advice = iss && instanceAdvice(`https://${iss}`);
  if (!advice) return undefined;
  return `The issuer of the token is of the host ${iss}, so it comes from another cloud. ${advice} ${hint}`;
}

const PERSONAL = `This is a personal Microsoft account. Sign in with a work or school account. To let personal accounts in, set ENTRA_TENANT_ID=common and name ${PERSONAL_ACCOUNTS} in ENTRA_ALLOWED_TENANTS. The app registration has to support them too.`;

/** Returns the advice on a token that was made for a service of Microsoft's own. */
export function serviceAdvice(service: string, appIdUri: string): string {
  return `This token is for ${service}, and never for this API. Request one for this API: scope ${appIdUri}/<scope name>.`;
}
