import type { JsonObject } from '../json-object.js';
import type { TokenRequirements } from '../options/token-requirements.js';
import { AccessTokenError, readable } from '../refusals/access-token-error.js';
import { checkVersion, issuerOfTenant, spellingsOf } from '../token/claim-checks.js';
import type { ExplanationSettings, ExplanationStep, TokenFacts } from './explanation-step.js';
import { formatClaim, joinOr, tenantIdIn } from './format-claims.js';

type IssuersOf = NonNullable<ExplanationSettings['offlineIssuers']>;

/** Returns the checks of issuer, key and signature without the provider. Only that of the issuer can be made. */
export function offlineKeySteps(
  { header, payload }: TokenFacts,
  required: TokenRequirements,
  issuersOf: IssuersOf,
): ExplanationStep[] {
  const issuers = payload && possibleIssuers(payload, required, issuersOf);
  return [
    {
      check: 'iss',
      expected: issuers ? joinOr(issuers) : 'the issuer of the authority',
      found: formatClaim(payload?.iss),
      run: payload && issuers && (() => checkAnyIssuer(payload, issuers)),
    },
    {
      check: 'signing key',
      expected: 'a key of the authority, meant for this issuer',
      found: `${formatClaim(header?.kid)}, not looked for`,
      run: undefined,
    },
    {
      check: 'signature',
      expected: 'made by that key over exactly this token',
      found: 'not looked at',
      run: undefined,
    },
  ];
}

function possibleIssuers(
  payload: JsonObject,
  required: TokenRequirements,
  issuersOf: IssuersOf,
): ReadonlySet<string> | undefined {
  const version = readable(() => checkVersion(payload, required));
  if (!version) return undefined;
  return new Set(issuersOf(version).map((template) => issuerOfTenant(template, tenantIdIn(payload))));
}

function checkAnyIssuer({ iss }: JsonObject, issuers: ReadonlySet<string>): void {
  if (typeof iss === 'string' && [...issuers].some((issuer) => spellingsOf(issuer).includes(iss))) return;
  throw new AccessTokenError('ISSUER_MISMATCH', { claim: 'iss' });
}
