import type { Caller, DelegatedCaller } from '../caller.js';
import { freezeCaller } from '../freeze-caller.js';
import { refersTo, rolesOfUser } from '../groups/group-roles.js';
import { parseGuid } from '../guid.js';
import type { JsonObject } from '../json-object.js';
import type { TokenRequirements } from '../options/token-requirements.js';
import { AccessTokenError } from '../refusals/access-token-error.js';
import { agentFromClaims } from './agent-from-claims.js';
import { optionalClaim } from './optional-claims.js';
import { readClaims } from './read-claims.js';

/** `scp`: scope tokens of RFC 6749 s.3.3, separated by spaces. A tab separates nothing. */
const SCOPES = /^[\x20\x21\x23-\x5B\x5D-\x7E]*$/;
const AUTHENTICATION_CONTEXT = /^c[1-9]\d?$/;
/** Claims that decide what a caller may do. */
const PERMISSION_CLAIMS = ['scp', 'roles', 'acrs'] as const;

/**
 * Creates the caller that verified claims describe.
 *
 * @param claims payload of a token after the checks of signature, issuer, tenant, audience and times
 * @throws AccessTokenError OBJECT_ID_INVALID, CLIENT_ID_INVALID, CLIENT_NOT_ALLOWED, REQUIRED_CLAIM_MISMATCH,
 *   CLAIMS_OVERAGE, PERMISSION_CLAIM_INVALID, ACTOR_UNCLEAR, NO_PERMISSIONS
 */
export function callerFromClaims(claims: JsonObject, tenantId: string, required: TokenRequirements): Caller {
  const objectId = checkObjectId(claims);
  const clientId = checkClient(claims, required);
  checkRequiredClaims(claims, required);
  checkOverage(claims);
  const permissions = readPermissions(claims);
  const authContexts = readAuthContexts(claims);
  checkStatedActor(claims);
  checkAnyPermission(permissions, clientId, required);
  const kind = checkActor(claims);

  const { scopes, roles } = permissions;
  const agent = agentFromClaims(claims, { kind, clientId });
  const { authority } = required;
  const identity = {
    tenantId,
    objectId,
    clientId,
    isGuest: isGuest(claims, tenantId),
    ...(authority !== undefined && { authority }),
    ...(agent && { agent }),
  };
  const caller =
    kind === 'app-only'
      ? { kind, ...identity, permissions: roles }
      : {
          kind,
          ...identity,
          scopes,
          ...rolesOfUser(claims, roles, required),
          authContexts,
          canStepUp: canStepUp(claims),
        };
  return freezeCaller({ ...caller, claims: readClaims(claims) });
}

/** Refuses with OBJECT_ID_INVALID. */
export function checkObjectId({ oid }: JsonObject): string {
  const objectId = parseGuid(oid);
  if (!objectId) throw new AccessTokenError('OBJECT_ID_INVALID', { claim: 'oid' });
  return objectId;
}

/**
 * Returns the client application: `azp` in v2.0 tokens, `appid` in v1.0 ones. Refuses with CLIENT_ID_INVALID,
 * CLIENT_NOT_ALLOWED.
 */
export function checkClient(claims: JsonObject, required: TokenRequirements): string {
  const claim = claims.ver === '1.0' ? 'appid' : 'azp';
  const clientId = parseGuid(claims[claim]);
  if (!clientId) throw new AccessTokenError('CLIENT_ID_INVALID', { claim });
  if (required.clients && !required.clients.has(clientId)) throw new AccessTokenError('CLIENT_NOT_ALLOWED', { claim });
  return clientId;
}

/**
 * Requires the claims of the option `requiredClaims`, each with an accepted value. A list needs one that is accepted.
 * Refuses with REQUIRED_CLAIM_MISMATCH.
 */
export function checkRequiredClaims(claims: JsonObject, required: TokenRequirements): void {
  for (const [claim, accepted] of required.claims) {
    const value = claims[claim];
    const values: readonly unknown[] = Array.isArray(value) ? value : [value];
    const isAccepted = values.some(
      (one) => ['string', 'number', 'boolean'].includes(typeof one) && accepted.has(String(one)),
    );
    if (!isAccepted) throw new AccessTokenError('REQUIRED_CLAIM_MISMATCH', { claim });
  }
}

/**
 * Refuses a token that has a reference (`_claim_names`) in place of a permission claim, with CLAIMS_OVERAGE. Entra replaces
 * a claim that is too long for the token, and its absence must not be read as "holds none". A reference for groups refuses
 * nothing: `rolesOfUser` reads it.
 */
export function checkOverage(claims: JsonObject): void {
  const references = optionalClaim(claims, '_claim_names') ?? {};
  if (typeof references !== 'object') return;
  const claim = PERMISSION_CLAIMS.find((name) => refersTo(references, name));
  if (claim) throw new AccessTokenError('CLAIMS_OVERAGE', { claim });
}

type Permissions = Pick<DelegatedCaller, 'scopes' | 'roles'>;

/** Refuses with PERMISSION_CLAIM_INVALID. */
export function readPermissions(claims: JsonObject): Permissions {
  const scp = optionalClaim(claims, 'scp') ?? '';
  if (typeof scp !== 'string' || !SCOPES.test(scp)) {
    throw new AccessTokenError('PERMISSION_CLAIM_INVALID', { claim: 'scp' });
  }
  return { scopes: scopesIn(scp), roles: readTexts(optionalClaim(claims, 'roles') ?? [], 'roles') };
}

/**
 * Returns the scopes that `scp` names. Entra issues tokens for applications in which it is empty or `/`. Text of slashes and
 * dots alone is not a scope (Microsoft Entra Agent ID: token claims).
 */
function scopesIn(scp: string): ReadonlySet<string> {
  return new Set(scp.split(' ').filter((scope) => !/^[/.]*$/.test(scope)));
}

/** Refuses with PERMISSION_CLAIM_INVALID. */
export function readAuthContexts(claims: JsonObject): ReadonlySet<string> {
  const acrs = optionalClaim(claims, 'acrs') ?? [];
  const contexts = readTexts(typeof acrs === 'string' ? [acrs] : acrs, 'acrs');
  return new Set([...contexts].filter((context) => AUTHENTICATION_CONTEXT.test(context)));
}

/**
 * Refuses a token whose `idtyp` is unknown or contradicts `scp` with ACTOR_UNCLEAR. A client that acts for a user always has
 * scopes. No other client has them (Entra access token claims: idtyp, scp).
 */
export function checkStatedActor(claims: JsonObject): void {
  const stated = optionalClaim(claims, 'idtyp');
  const expected = namesScope(claims.scp) ? 'user' : 'app';
  if (stated !== undefined && stated !== expected) throw new AccessTokenError('ACTOR_UNCLEAR', { claim: 'idtyp' });
}

/**
 * Decides whether a user or an application calls. `roles` cannot decide it because both have them. A scope means a user.
 * Without one, `idtyp` or an `oid` equal to `sub` means an application. Anything else is refused as ACTOR_UNCLEAR. An ID
 * token with roles looks like this. So does an application that would otherwise hold the roles of a user (Entra access token
 * claims: idtyp, oid, sub).
 */
export function checkActor(claims: JsonObject): Caller['kind'] {
  checkStatedActor(claims);
  const { idtyp, scp, oid, sub } = claims;
  if (namesScope(scp)) return 'delegated';
  if (idtyp !== 'app' && oid !== sub) throw new AccessTokenError('ACTOR_UNCLEAR', { claim: 'sub' });
  return 'app-only';
}

function namesScope(scp: unknown): boolean {
  return typeof scp === 'string' && scopesIn(scp).size > 0;
}

/**
 * Refuses a token that has neither scopes nor roles, with NO_PERMISSIONS. Any application of a tenant gets such a token for
 * any API of the tenant that does not require assignment. Without this check all of them could call.
 */
export function checkAnyPermission(
  { scopes, roles }: Permissions,
  clientId: string,
  required: TokenRequirements,
): void {
  if (scopes.size > 0 || roles.size > 0 || required.clientsWithoutPermissions.has(clientId)) return;
  throw new AccessTokenError('NO_PERMISSIONS');
}

/**
 * Returns whether the caller is a guest. `acct` is optional. Without it, an identity provider outside the tenant marks a
 * guest (Entra optional claims: acct).
 */
function isGuest(claims: JsonObject, tenantId: string): boolean {
  const acct = optionalClaim(claims, 'acct');
  if (acct !== undefined) return acct !== 0;
  const idp = optionalClaim(claims, 'idp');
  return typeof idp === 'string' && !idp.includes(tenantId);
}

function canStepUp(claims: JsonObject): boolean {
  const capabilities = optionalClaim(claims, 'xms_cc');
  const listed: readonly unknown[] = Array.isArray(capabilities) ? capabilities : [capabilities];
  return listed.some((capability) => typeof capability === 'string' && capability.toLowerCase() === 'cp1');
}

function readTexts(value: unknown, claim: 'roles' | 'acrs'): ReadonlySet<string> {
  const texts = new Set<string>();
  for (const entry of Array.isArray(value) ? value : [undefined]) {
    if (typeof entry !== 'string' || entry === '') throw new AccessTokenError('PERMISSION_CLAIM_INVALID', { claim });
    texts.add(entry);
  }
  return texts;
}
