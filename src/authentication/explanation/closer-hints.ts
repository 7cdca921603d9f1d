import { appIdUriIn } from '../app-id-uri.js';
import { type JsonObject, textOf } from '../json-object.js';
import { adviceOn } from '../keys/foreign-issuer.js';
import { unsupportedAuthority } from '../keys/unsupported-authorities.js';
import type { TokenRequirements } from '../options/token-requirements.js';
import type { AccessTokenFailureCode } from '../refusals/failure-catalogue.js';
import { issuerOfTenant } from '../token/claim-checks.js';
import { microsoftServiceOf } from '../token/microsoft-audiences.js';
import type { AdviceSettings } from './explanation-step.js';
import { formatClaim, joinOr, tenantIdIn } from './format-claims.js';
import { serviceAdvice, tenantAdvice } from './refusal-hint.js';

/** How the catalogue writes the App ID URI of an API that it does not know. */
export const SOME_APP_ID_URI = 'api://<client id of the API>';

/** Returns more specific advice than the catalogue's if the token shows more. Returns undefined otherwise. */
export function closerHint(
  code: AccessTokenFailureCode,
  { header, payload }: { readonly header: JsonObject; readonly payload: JsonObject },
  settings: AdviceSettings,
): string | undefined {
  switch (code) {
    case 'ISSUER_MISMATCH':
      return issuerHint(payload, settings);
    case 'TENANT_NOT_ALLOWED':
      return tenantAdvice({ tid: textOf(payload.tid), iss: foreignHost(payload, settings) });
    case 'AUDIENCE_MISMATCH':
      return serviceHint(payload, settings.required) ?? spellingHint(payload, settings.required);
    case 'AUTHORITY_UNSUPPORTED':
      return `This is a token of ${unsupportedAuthority(textOf(payload.iss))}, which is not supported. Sign in with Entra ID. Entra ID can federate the other provider.`;
    case 'ALGORITHM_NOT_ALLOWED':
      return textOf(header.alg).toLowerCase() === 'none' ? UNSIGNED : undefined;
    case 'NO_PERMISSIONS':
      return isManagedIdentity(payload) ? MANAGED_IDENTITY : undefined;
    default:
      return undefined;
  }
}

const UNSIGNED =
  'The token is unsigned (alg none): anyone could have written it. Request a signed access token from Entra ID.';

const MANAGED_IDENTITY =
  'This is a managed identity, which holds no app role of this API. Assign it one: an app role assignment of its service principal on that of the API, by Microsoft Graph (appRoleAssignedTo) or New-MgServicePrincipalAppRoleAssignment. Its token lives 24 hours and is cached as long, so the role shows only in the next one.';

/** Returns whether this is a managed identity. `xms_mirid` names it. `xms_az_rid` names the Azure resource that uses it. */
function isManagedIdentity(payload: JsonObject): boolean {
  return Object.hasOwn(payload, 'xms_mirid') || Object.hasOwn(payload, 'xms_az_rid');
}

/**
 * Describes an unexpected issuer. The server compares it only in a token of an accepted version and once that of the
 * authority is known.
 */
function issuerHint(payload: JsonObject, { issuersOf }: AdviceSettings): string {
  const { iss, ver } = payload;
  if (typeof iss === 'string' && iss.includes('{tenantid}')) {
    return '{tenantid} is a placeholder of the metadata and never in a token: this token was not issued by Entra ID.';
  }
  const templates = issuersOf(ver === '1.0' ? ver : '2.0');
  const expected = templates.map((template) => issuerOfTenant(template, tenantIdIn(payload)));
  return `Expected ${expected[0]}, got ${formatClaim(iss)}. ${adviceOn(iss, expected)}`;
}

/** Returns the host of an issuer that is not on the host of an accepted one. Undefined while none is known. */
function foreignHost({ iss, ver }: JsonObject, { issuersOf }: AdviceSettings): string | undefined {
  const host = hostOf(textOf(iss));
  const own = issuersOf(ver === '1.0' ? ver : '2.0').map(hostOf);
  return own.length === 0 || own.includes(host) ? undefined : host;
}

function hostOf(address: string): string | undefined {
  return URL.canParse(address) ? new URL(address).host : undefined;
}

function serviceHint({ aud }: JsonObject, required: TokenRequirements): string | undefined {
  const audiences: readonly unknown[] = Array.isArray(aud) ? aud : [aud];
  const service = audiences.map((each) => microsoftServiceOf(textOf(each))).find((name) => name !== undefined);
  return service && serviceAdvice(service, appIdUriIn(required.audiences) ?? SOME_APP_ID_URI);
}

/**
 * Proposes only another spelling of an identifier of this API for the settings, never that of another service.
 */
function spellingHint({ aud, ver }: JsonObject, required: TokenRequirements): string | undefined {
  if (typeof aud !== 'string') return undefined;
  if (![...required.audiences].some((audience) => normalizeAudience(audience) === normalizeAudience(aud)))
    return undefined;
  return `Expected ${joinOr(required.audiences)}, got ${formatClaim(aud)} in a token of version ${formatClaim(ver)}: they differ only in api://, spn:, case, a final slash or a space. Add this spelling to ENTRA_AUDIENCES.`;
}

function normalizeAudience(audience: string): string {
  return audience
    .trim()
    .toLowerCase()
    .replace(/^(api:\/\/|spn:)/, '')
    .replace(/\/$/, '');
}
