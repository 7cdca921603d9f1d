import { leavesGroupsOut, readGroups } from '../groups/group-roles.js';
import type { JsonObject } from '../json-object.js';
import type { TokenRequirements } from '../options/token-requirements.js';
import { AccessTokenError } from '../refusals/access-token-error.js';
import { agentFromClaims } from '../token/agent-from-claims.js';
import {
  checkActor,
  checkAnyPermission,
  checkClient,
  checkObjectId,
  checkOverage,
  checkRequiredClaims,
  checkStatedActor,
  readAuthContexts,
  readPermissions,
} from '../token/caller-from-claims.js';
import { checkAudience, checkKind, checkOrigin, checkTenant, checkTimes, checkVersion } from '../token/claim-checks.js';
import type { VerifierSettings } from '../token/verify-access-token.js';
import type { ExplanationStep } from './explanation-step.js';
import { formatClaim, joinOr, lifetimeOf } from './format-claims.js';

/** Returns the checks of the claims that come before the check of the signature. They do not need the signing keys. */
export function claimSteps(payload: JsonObject | undefined, settings: VerifierSettings): ExplanationStep[] {
  const { required } = settings;
  const nowSeconds = Math.floor(settings.now() / 1000);
  const { ver, tid, aud, iss } = payload ?? {};
  const withClaims = runnerFor(payload);
  return [
    {
      check: 'origin',
      expected: 'a token of Entra ID, sent as Bearer',
      found: formatClaim(iss),
      run: withClaims(checkOrigin),
    },
    {
      check: 'ver',
      expected: joinOr(required.versions),
      found: formatClaim(ver),
      run: withClaims((claims) => checkVersion(claims, required)),
    },
    {
      check: 'kind',
      expected: 'an access token, not bound to a key',
      found: kindOf(payload),
      run: withClaims(checkKind),
    },
    {
      check: 'tid',
      expected: required.tenants.expected,
      found: formatClaim(tid),
      run: withClaims((claims) => checkTenantDecision(checkTenant(claims, required), settings)),
    },
    {
      check: 'aud',
      expected: joinOr(required.audiences),
      found: formatClaim(aud),
      run: withClaims((claims) => checkAudience(claims, required)),
    },
    {
      check: 'lifetime',
      expected: `begun and not over, give or take ${required.clockToleranceSeconds} s`,
      found: lifetimeOf(payload, nowSeconds),
      run: withClaims((claims) => checkTimes(claims, required.clockToleranceSeconds, nowSeconds)),
    },
  ];
}

/** Returns a function that binds a check to a part of the token. It gives undefined if the part could not be read. */
export function runnerFor(part: JsonObject | undefined) {
  return (check: (part: JsonObject) => unknown) => part && (() => check(part));
}

/** Refuses a tenant that `isTenantAllowed` refused when the whole token was verified. */
function checkTenantDecision(tenantId: string, { tenants }: VerifierSettings): void {
  if (tenants?.known(tenantId) === false) throw new AccessTokenError('TENANT_NOT_ALLOWED', { claim: 'tid' });
}

/** Returns the checks of the caller and its permissions. */
export function callerSteps(payload: JsonObject | undefined, { required }: VerifierSettings): ExplanationStep[] {
  const { oid, sub, azp, appid, scp, roles, acrs, idtyp } = payload ?? {};
  const withClaims = runnerFor(payload);
  const permissions = `scp ${formatClaim(scp)}, roles ${formatClaim(roles)}`;
  return [
    { check: 'oid', expected: 'a GUID', found: formatClaim(oid), run: withClaims(checkObjectId) },
    {
      check: 'client',
      expected: required.clients ? joinOr(required.clients) : 'any application',
      found: formatClaim(azp ?? appid),
      run: withClaims((claims) => checkClient(claims, required)),
    },
    ...requiredClaimSteps(payload, required),
    {
      check: 'overage',
      expected: 'no permission claim left out',
      found: formatClaim(payload?._claim_names),
      run: withClaims(checkOverage),
    },
    {
      check: 'permission claims',
      expected: 'scp a string, roles and acrs lists',
      found: `${permissions}, acrs ${formatClaim(acrs)}`,
      run: withClaims((claims) => [readPermissions(claims), readAuthContexts(claims)]),
    },
    ...groupSteps(payload, required),
    {
      check: 'idtyp',
      expected: 'user with a scope, app without one, or none',
      found: formatClaim(idtyp),
      run: withClaims(checkStatedActor),
    },
    {
      check: 'any permission',
      expected: 'a scope or a role',
      found: permissions,
      run: withClaims((claims) => checkAnyPermission(readPermissions(claims), checkClient(claims, required), required)),
    },
    {
      check: 'actor',
      expected: 'a user with a scope, or an application: idtyp app, or oid equal to sub',
      found: `scp ${formatClaim(scp)}, idtyp ${formatClaim(idtyp)}, oid ${isSame(oid, sub) ? 'equals' : 'is not'} sub`,
      run: withClaims((claims) =>
        agentFromClaims(claims, { kind: checkActor(claims), clientId: checkClient(claims, required) }),
      ),
    },
  ];
}

function requiredClaimSteps(payload: JsonObject | undefined, required: TokenRequirements): ExplanationStep[] {
  const claims = [...required.claims];
  if (claims.length === 0) return [];
  return [
    {
      check: 'required claims',
      expected: claims.map(([name, accepted]) => `${name} ${joinOr(accepted)}`).join(', '),
      found: claims.map(([name]) => `${name} ${formatClaim(payload?.[name])}`).join(', '),
      run: payload && (() => checkRequiredClaims(payload, required)),
    },
  ];
}

function groupSteps(payload: JsonObject | undefined, { groupRoles }: TokenRequirements): ExplanationStep[] {
  if (groupRoles.size === 0) return [];
  const isOverage = payload !== undefined && leavesGroupsOut(payload);
  return [
    {
      check: 'groups',
      expected: 'a list of ids',
      found: isOverage ? 'too many to list' : formatClaim(payload?.groups),
      run: payload && (() => readGroups(payload)),
    },
  ];
}

function isSame(oid: unknown, sub: unknown): boolean {
  return oid !== undefined && oid === sub;
}

function kindOf(payload: JsonObject | undefined): string {
  const telling = ['nonce', 'at_hash', 'c_hash', 'cnf'].filter((claim) => payload && Object.hasOwn(payload, claim));
  return telling.length > 0 ? `has ${telling.join(', ')}` : 'no sign of another kind';
}
