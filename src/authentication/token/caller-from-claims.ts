import { AccessTokenError } from '../access-token-error.js';
import type { Caller, DelegatedCaller } from '../caller.js';
import { parseGuid } from '../guid.js';
import type { JsonObject } from '../json-object.js';
import { optionalClaim } from './optional-claims.js';
import type { TokenRequirements } from './token-requirements.js';

/** `scp`: scope tokens of RFC 6749 s.3.3, separated by spaces. A tab separates nothing. */
const SCOPES = /^[\x20\x21\x23-\x5B\x5D-\x7E]*$/;
const AUTHENTICATION_CONTEXT = /^c[1-9]\d?$/;
/** Claims that decide what a caller may do. */
const PERMISSION_CLAIMS = ['scp', 'roles', 'acrs'] as const;

/**
 * The caller that verified claims describe.
 *
 * @param claims payload of a token whose signature, issuer, tenant, audience and times have been checked
 * @returns or a refusal: OBJECT_ID_INVALID, CLIENT_ID_INVALID, CLIENT_NOT_ALLOWED, CLAIMS_OVERAGE,
 * PERMISSION_CLAIM_INVALID, ACTOR_UNCLEAR, NO_PERMISSIONS
 */
export function callerFromClaims(
  claims: JsonObject,
  tenantId: string,
  required: TokenRequirements,
): Caller | AccessTokenError {
  const objectId = checkObjectId(claims);
  if (objectId instanceof AccessTokenError) return objectId;
  const clientId = checkClient(claims, required);
  if (clientId instanceof AccessTokenError) return clientId;
  const overage = checkOverage(claims);
  if (overage) return overage;
  const permissions = readPermissions(claims);
  if (permissions instanceof AccessTokenError) return permissions;
  const authContexts = readAuthContexts(claims);
  if (authContexts instanceof AccessTokenError) return authContexts;
  const contradiction = checkStatedActor(claims);
  if (contradiction) return contradiction;
  const noPermission = checkAnyPermission(permissions, clientId, required);
  if (noPermission) return noPermission;
  const kind = checkActor(claims);
  if (kind instanceof AccessTokenError) return kind;

  const { scopes, roles } = permissions;
  const identity = { tenantId, objectId, clientId, isGuest: isGuest(claims, tenantId) };
  return Object.freeze(
    kind === 'app-only'
      ? { kind, ...identity, permissions: roles }
      : { kind, ...identity, scopes, roles, authContexts, canStepUp: canStepUp(claims) },
  );
}

/** Refuses with OBJECT_ID_INVALID. */
export function checkObjectId({ oid }: JsonObject): string | AccessTokenError {
  return parseGuid(oid) ?? new AccessTokenError('OBJECT_ID_INVALID', { claim: 'oid' });
}

/**
 * The client application: `azp` in v2.0 tokens, `appid` in v1.0 ones. Refuses with CLIENT_ID_INVALID, CLIENT_NOT_ALLOWED.
 */
export function checkClient(claims: JsonObject, required: TokenRequirements): string | AccessTokenError {
  const claim = claims.ver === '1.0' ? 'appid' : 'azp';
  const clientId = parseGuid(claims[claim]);
  if (!clientId) return new AccessTokenError('CLIENT_ID_INVALID', { claim });
  if (required.clients && !required.clients.has(clientId)) return new AccessTokenError('CLIENT_NOT_ALLOWED', { claim });
  return clientId;
}

/**
 * A claim that is too long for the token is replaced by a reference (`_claim_names`). A permission claim that is not
 * there because of that must not be read as "holds none". Groups decide nothing here, so theirs is of no consequence.
 * Refuses with CLAIMS_OVERAGE.
 */
export function checkOverage(claims: JsonObject): AccessTokenError | undefined {
  const references = optionalClaim(claims, '_claim_names') ?? {};
  if (typeof references !== 'object') return undefined;
  const claim = PERMISSION_CLAIMS.find((name) => Object.hasOwn(references, name));
  return claim && new AccessTokenError('CLAIMS_OVERAGE', { claim });
}

type Permissions = Pick<DelegatedCaller, 'scopes' | 'roles'>;

/** Refuses with PERMISSION_CLAIM_INVALID. */
export function readPermissions(claims: JsonObject): Permissions | AccessTokenError {
  const scp = optionalClaim(claims, 'scp') ?? '';
  if (typeof scp !== 'string' || !SCOPES.test(scp)) {
    return new AccessTokenError('PERMISSION_CLAIM_INVALID', { claim: 'scp' });
  }
  const roles = readTexts(optionalClaim(claims, 'roles') ?? [], 'roles');
  return roles instanceof AccessTokenError ? roles : { scopes: scopesIn(scp), roles };
}

/**
 * Returns the scopes that `scp` names. Entra issues tokens for applications in which it is empty or `/`. Text of slashes and
 * dots alone is not a scope (Microsoft Entra Agent ID: token claims).
 */
function scopesIn(scp: string): ReadonlySet<string> {
  return new Set(scp.split(' ').filter((scope) => !/^[/.]*$/.test(scope)));
}

/** Refuses with PERMISSION_CLAIM_INVALID. */
export function readAuthContexts(claims: JsonObject): ReadonlySet<string> | AccessTokenError {
  const acrs = optionalClaim(claims, 'acrs') ?? [];
  const contexts = readTexts(typeof acrs === 'string' ? [acrs] : acrs, 'acrs');
  if (contexts instanceof AccessTokenError) return contexts;
  return new Set([...contexts].filter((context) => AUTHENTICATION_CONTEXT.test(context)));
}

/**
 * Refuses a token whose `idtyp` is unknown or contradicts `scp`, with ACTOR_UNCLEAR. Only a client that acts for a user has
 * scopes, and it always has one (Entra access token claims: idtyp, scp).
 */
export function checkStatedActor(claims: JsonObject): AccessTokenError | undefined {
  const idtyp = optionalClaim(claims, 'idtyp');
  if (idtyp === undefined) return undefined;
  const isClear = namesScope(claims.scp) ? idtyp === 'user' : idtyp === 'app';
  return isClear ? undefined : new AccessTokenError('ACTOR_UNCLEAR', { claim: 'idtyp' });
}

/**
 * Decides whether a user or an application calls. `roles` cannot decide it, because both have them. A scope means a user.
 * Without one, `idtyp`, or `oid` equal to `sub`, means an application. Anything else is refused as ACTOR_UNCLEAR: an ID token
 * with roles looks like this, and so does an application that would otherwise hold the roles of a user (Entra access token
 * claims: idtyp, oid, sub).
 */
export function checkActor(claims: JsonObject): Caller['kind'] | AccessTokenError {
  const contradiction = checkStatedActor(claims);
  if (contradiction) return contradiction;
  const { idtyp, scp, oid, sub } = claims;
  if (namesScope(scp)) return 'delegated';
  return idtyp === 'app' || oid === sub ? 'app-only' : new AccessTokenError('ACTOR_UNCLEAR', { claim: 'sub' });
}

function namesScope(scp: unknown): boolean {
  return typeof scp === 'string' && scopesIn(scp).size > 0;
}

/**
 * Any application of a tenant gets a token for any API of the tenant, unless assignment is required; such a token has
 * neither `scp` nor `roles`. Without this check every application of the tenant would be let in. Refuses with
 * NO_PERMISSIONS.
 */
export function checkAnyPermission(
  { scopes, roles }: Permissions,
  clientId: string,
  required: TokenRequirements,
): AccessTokenError | undefined {
  if (scopes.size > 0 || roles.size > 0 || required.clientsWithoutPermissions.has(clientId)) return undefined;
  return new AccessTokenError('NO_PERMISSIONS');
}

/** `acct` is optional; without it an identity provider outside the tenant tells a guest (Entra optional claims: acct). */
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

function readTexts(value: unknown, claim: 'roles' | 'acrs'): ReadonlySet<string> | AccessTokenError {
  const texts = new Set<string>();
  for (const entry of Array.isArray(value) ? value : [undefined]) {
    if (typeof entry !== 'string' || entry === '') return new AccessTokenError('PERMISSION_CLAIM_INVALID', { claim });
    texts.add(entry);
  }
  return texts;
}
