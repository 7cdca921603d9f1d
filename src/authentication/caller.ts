import type { AccessTokenClaims } from './access-token-claims.js';

/**
 * Caller of a request, made from a verified access token. A caller's identity is the pair of `tenantId` and `objectId`,
 * never an e-mail address or user name (Entra access token claims reference).
 */
export type Caller = DelegatedCaller | AppOnlyCaller;

interface CallerIdentity {
  /** Claim `tid`: the tenant that issued the token. It is a lower-case GUID. */
  readonly tenantId: string;
  /** Claim `oid`: object id of the user or service principal in that tenant. It is a lower-case GUID. */
  readonly objectId: string;
  /** Claim `azp` (v1.0: `appid`): the client application. It is a lower-case GUID. */
  readonly clientId: string;
  /**
   * Whether the caller is a guest of the tenant. A guest has an `acct` other than 0. If `acct` is missing, a guest has an
   * `idp` that names an identity provider outside the tenant.
   */
  readonly isGuest: boolean;
  /**
   * Name of the authority that issued the token: `default`, or one of the option `authorities`. Missing where there is only
   * one.
   */
  readonly authority?: string;
  /**
   * The agent that calls, for a user or for itself (Microsoft Entra Agent ID). Missing when the caller is not an agent. The
   * agent has the rights of the user or application that the token names.
   */
  readonly agent?: AgentIdentity | undefined;
  /**
   * All claims of the token for resolvers and policies, as in `caller.claims.auth_time`. The property is not enumerable
   * because some claims are personal data. A caller that is logged, printed or serialised does not show them. A copy by
   * spread does not have them.
   */
  readonly claims: AccessTokenClaims;
}

/** An agent of Microsoft Entra Agent ID: an application identity of its own kind. */
export interface AgentIdentity {
  /** Client id of the agent (claim `azp`, v1.0: `appid`). It is a lower-case GUID. */
  readonly identityId: string;
  /**
   * Claim `xms_par_app_azp`: client id of the blueprint that the agent was made from. Undefined when the claim is missing.
   * Use it in logs and not in decisions, because many agents can have the same blueprint.
   */
  readonly blueprintId: string | undefined;
  /**
   * The subject of the token: `itself` (the agent as an application), `user` (who delegated to it) or `ownAccount` (a user
   * account of the agent, without a person).
   */
  readonly actsFor: 'itself' | 'user' | 'ownAccount';
}

/** A client application acting for a signed-in user. */
export interface DelegatedCaller extends CallerIdentity {
  readonly kind: 'delegated';
  /** Claim `scp`: delegated permissions granted to the client. They have no `api://…/` prefix. */
  readonly scopes: ReadonlySet<string>;
  /** Claim `roles`: app roles assigned to the user. The option `groupRoles` adds the roles that it gives to groups. */
  readonly roles: ReadonlySet<string>;
  /**
   * Roles that the user has by groups, each with the ids of the groups that give it. Missing when there are none. Not
   * enumerable, like `claims`.
   */
  readonly groupRoles?: ReadonlyMap<string, readonly string[]>;
  /**
   * Roles that groups might give. The token leaves its groups out, so it is not known whether the user has these roles.
   * Missing when everything is decided.
   */
  readonly undecidedRoles?: ReadonlySet<string>;
  /** Claim `acrs`: satisfied Conditional Access authentication contexts `c1` … `c99`. */
  readonly authContexts: ReadonlySet<string>;
  /** Claim `xms_cc` contains `cp1`: the client understands a claims challenge. */
  readonly canStepUp: boolean;
}

/** An application acting for itself, without a user. */
export interface AppOnlyCaller extends CallerIdentity {
  readonly kind: 'app-only';
  /** Claim `roles`: application permissions granted to the application. */
  readonly permissions: ReadonlySet<string>;
}
