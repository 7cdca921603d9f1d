import type { Caller } from '../../authentication/caller.js';
import type { Clause, ClauseKind, StaticRequirement } from '../requirements/requirement.js';

/**
 * Reason for a denial. A token is missing, rights are missing or only a step-up is missing. `SERVICE_UNAVAILABLE`: it is not
 * known whether rights are missing.
 */
export type DenialCode = 'UNAUTHENTICATED' | 'FORBIDDEN' | 'INSUFFICIENT_CLAIMS' | 'SERVICE_UNAVAILABLE';

/**
 * Something that a caller lacks. It is a clause, any access token at all, being a user instead of an application, or not
 * being an agent.
 */
export type Missing = Clause | { readonly kind: 'accessToken' | 'user' | 'noAgent'; readonly anyOf: readonly [] };

/** Decision on a requirement by the token alone. */
export type Decision =
  | { readonly kind: 'allowed' }
  | {
      readonly kind: 'denied';
      readonly code: Exclude<DenialCode, 'SERVICE_UNAVAILABLE'>;
      readonly missing: readonly Missing[];
    }
  /** It depends on roles that groups of the caller may give, which are not known. */
  | { readonly kind: 'unknown'; readonly code: 'SERVICE_UNAVAILABLE'; readonly missing: readonly Missing[] };

export type Denied = Exclude<Decision, { kind: 'allowed' }>;

const ALLOWED: Decision = { kind: 'allowed' };
const ACCESS_TOKEN: Missing = { kind: 'accessToken', anyOf: [] };
const USERS_ONLY: Decision = { kind: 'denied', code: 'FORBIDDEN', missing: [{ kind: 'user', anyOf: [] }] };
const NO_AGENTS: Decision = { kind: 'denied', code: 'FORBIDDEN', missing: [{ kind: 'noAgent', anyOf: [] }] };

/** Returns whether this caller meets the requirement. Pure: the same caller and requirement always give the same answer. */
export function decide(requirement: Omit<StaticRequirement, 'id'>, caller: Caller | undefined): Decision {
  if (requirement.isPublic) return ALLOWED;
  if (caller === undefined) return needsToken(requirement);
  if (requirement.forbidsAgents && caller.agent) return NO_AGENTS;
  const half = caller.kind === 'delegated' ? requirement.delegated : requirement.app;
  if (half === 'never') return USERS_ONLY;
  const missing = half.filter((clause) => !meets(clause, heldBy(caller, clause.kind)));
  if (missing.length === 0) return ALLOWED;
  const certain = missing.filter((clause) => !mayMeet(clause, caller));
  if (certain.length === missing.length || certain.some(isNoStepUp)) return deny(certain);
  return { kind: 'unknown', code: 'SERVICE_UNAVAILABLE', missing };
}

function deny(missing: readonly Clause[]): Decision {
  // A second factor is asked for only if it is the only thing that is missing.
  return { kind: 'denied', code: missing.some(isNoStepUp) ? 'FORBIDDEN' : 'INSUFFICIENT_CLAIMS', missing };
}

function isNoStepUp({ kind }: Clause): boolean {
  return kind !== 'authContext';
}

/** Returns whether a user who does not meet a clause would meet it with the roles that its groups may give. */
function mayMeet(clause: Clause, caller: Caller): boolean {
  if (clause.kind !== 'role' || caller.kind === 'app-only' || !caller.undecidedRoles) return false;
  return meets(clause, new Set([...caller.roles, ...caller.undecidedRoles]));
}

/**
 * Denies an anonymous caller and names the scopes that a sign-in should ask for. A challenge is public, so it leaves out the
 * roles that will be needed too.
 */
function needsToken({ delegated }: Pick<StaticRequirement, 'delegated'>): Decision {
  const scopes = delegated.filter(({ kind }) => kind === 'scope');
  return { kind: 'denied', code: 'UNAUTHENTICATED', missing: [ACCESS_TOKEN, ...scopes] };
}

function meets(clause: Pick<Clause, 'anyOf'>, held: ReadonlySet<string>): boolean {
  return clause.anyOf.some((all) => all.every((name) => held.has(name)));
}

const NOTHING: ReadonlySet<string> = new Set();

function heldBy(caller: Caller, kind: ClauseKind): ReadonlySet<string> {
  if (caller.kind === 'app-only') return kind === 'permission' ? caller.permissions : NOTHING;
  if (kind === 'scope') return caller.scopes;
  if (kind === 'role') return caller.roles;
  return kind === 'authContext' ? caller.authContexts : NOTHING;
}
