import { createHash, randomBytes } from 'node:crypto';
import type { Persona } from '../persona.js';
import { issuerOf } from './issuer.js';

/**
 * Claims `azpacr` / `appidacr`. Values for how the client proved its identity. 0 means not at all (public), 1 a secret and 2
 * a certificate.
 */
export type ClientProof = '0' | '1' | '2';

/** Everything an access token depends on. */
export interface AccessTokenRequest {
  /** Origin of the emulator, as in the token's issuer. */
  readonly instance: string;
  readonly persona: Persona;
  readonly clientId: string;
  readonly clientProof: ClientProof;
  /** The agent that the client is. */
  readonly agent?: { readonly blueprintId: string } | undefined;
  readonly version: 1 | 2;
  /** Claim `aud`. */
  readonly audience: string;
  readonly apiClientId: string;
  readonly scopes: readonly string[];
  readonly authContexts: readonly string[];
  /** When the user signed in, in seconds since 1970. Undefined for an application. */
  readonly signedInSeconds?: number | undefined;
  readonly capabilities: readonly string[];
  /** The token is dated back no further than this, in seconds since 1970. Entra's documents do not say so of `nbf`. */
  readonly notBeforeSeconds?: number | undefined;
  readonly lifetimeSeconds: number;
  /** The token has the claim `groups`. */
  readonly groupClaims?: boolean | undefined;
}

/** Entra dates its tokens five minutes back, so that a server whose clock is behind accepts them. */
const BACKDATED_SECONDS = 300;

/**
 * Returns the claims of an access token as Entra writes them ("Access token claims reference"). Claims that a caller does
 * not have are absent and not empty. A user without app roles has no `roles`. A token without a user has no `scp`.
 */
export function accessTokenClaims(request: AccessTokenRequest, nowMs: number): Record<string, unknown> {
  const nowSeconds = Math.floor(nowMs / 1000);
  const { persona, notBeforeSeconds = 0 } = request;
  const datedSeconds = Math.min(nowSeconds, Math.max(nowSeconds - BACKDATED_SECONDS, notBeforeSeconds));
  return {
    ...persona.claims,
    aud: request.audience,
    iss: issuerOf(request.instance, request.version, persona.tenantId),
    iat: datedSeconds,
    nbf: datedSeconds,
    exp: nowSeconds + request.lifetimeSeconds,
    ...(persona.isGuest && { acct: 1 }),
    ...(request.authContexts.length > 0 && { acrs: request.authContexts }),
    ...clientClaims(request),
    ...(persona.kind === 'delegated' ? userClaims(request) : applicationClaims(persona)),
    oid: persona.objectId,
    tid: persona.tenantId,
    uti: randomBytes(16).toString('base64url'),
    ver: request.version === 1 ? '1.0' : '2.0',
    ...agentClaims(request),
    ...(request.capabilities.length > 0 && { xms_cc: request.capabilities }),
  };
}

/** Facets of the actor and the subject of a token (Microsoft Entra Agent ID: token claims). */
function agentClaims({ agent, persona }: AccessTokenRequest): Record<string, unknown> {
  const subject = persona.kind === 'app-only' ? agent && '11' : persona.isAgentAccount && '13';
  return {
    ...(agent && { xms_act_fct: '3 11', xms_par_app_azp: agent.blueprintId }),
    ...(subject && { xms_sub_fct: subject }),
  };
}

function clientClaims({ version, clientId, clientProof }: AccessTokenRequest): Record<string, unknown> {
  return version === 1 ? { appid: clientId, appidacr: clientProof } : { azp: clientId, azpacr: clientProof };
}

function userClaims({
  persona,
  scopes,
  apiClientId,
  version,
  authContexts,
  signedInSeconds,
  groupClaims,
}: AccessTokenRequest): Record<string, unknown> {
  return {
    ...(version === 1 && { acr: '1', amr: authContexts.length > 0 ? ['pwd', 'mfa'] : ['pwd'] }),
    // The optional claim that `registration` asks for. A persona may have signed in at another time.
    ...(signedInSeconds && { auth_time: persona.claims?.auth_time ?? signedInSeconds }),
    name: persona.displayName,
    ...(groupClaims && claimOfGroups(persona)),
    ...(persona.roles.length > 0 && { roles: persona.roles }),
    ...(scopes.length > 0 && { scp: scopes.join(' ') }),
    sub: pairwiseSubject(persona, apiClientId),
  };
}

/** Groups in one token. Beyond it Entra names the address of another API instead ("overage"). */
const MAX_GROUPS = 200;

/** Returns the groups of a user. A user without any has no claim. */
function claimOfGroups({ groups = [], objectId, tenantId }: Persona): Record<string, unknown> {
  if (groups.length === 0) return {};
  if (groups.length <= MAX_GROUPS) return { groups };
  const endpoint = `https://graph.windows.net/${tenantId}/users/${objectId}/getMemberObjects`;
  return { _claim_names: { groups: 'src1' }, _claim_sources: { src1: { endpoint } } };
}

function applicationClaims(persona: Persona): Record<string, unknown> {
  return {
    idtyp: 'app',
    ...(persona.permissions.length > 0 && { roles: persona.permissions }),
    sub: persona.objectId,
  };
}

/**
 * Returns the claim `sub` of a user. It is stable for one receiver of tokens but useless to join the records of two of
 * them.
 */
export function pairwiseSubject(persona: Persona, receiver: string): string {
  return createHash('sha256').update(`${receiver}|${persona.tenantId}|${persona.objectId}`).digest('base64url');
}
