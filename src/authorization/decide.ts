import type { Caller } from '../authentication/caller.js';
import type { Clause, ClauseKind, StaticRequirement } from './requirement.js';

/** Why a field is not to be had: no token, not enough rights, or only a step-up is missing. */
export type DenialCode = 'UNAUTHENTICATED' | 'FORBIDDEN' | 'INSUFFICIENT_CLAIMS';

/** Something a caller lacks: a clause it does not meet, an access token at all, or being a user and no application. */
export type Missing = Clause | { readonly kind: 'accessToken' | 'user'; readonly anyOf: readonly [] };

/** What the token alone says about a requirement. */
export type Decision =
  | { readonly kind: 'allowed' }
  | { readonly kind: 'denied'; readonly code: DenialCode; readonly missing: readonly Missing[] };

/** A decision that is not `allowed`. */
export type Denied = Extract<Decision, { kind: 'denied' }>;

const ALLOWED: Decision = { kind: 'allowed' };
const ACCESS_TOKEN: Missing = { kind: 'accessToken', anyOf: [] };
const USERS_ONLY: Decision = { kind: 'denied', code: 'FORBIDDEN', missing: [{ kind: 'user', anyOf: [] }] };

/** Whether this caller meets the requirement. Pure: the same caller and requirement always give the same answer. */
export function decide(requirement: StaticRequirement, caller: Caller | undefined): Decision {
  if (requirement.isPublic) return ALLOWED;
  if (caller === undefined) return needsToken(requirement);
  const half = caller.kind === 'delegated' ? requirement.delegated : requirement.app;
  if (half === 'never') return USERS_ONLY;
  const missing = half.filter((clause) => !meets(clause, heldBy(caller, clause.kind)));
  if (missing.length === 0) return ALLOWED;
  // Asking for a second factor is worth the user's while only when nothing else is in the way.
  const onlyStepUp = missing.every(({ kind }) => kind === 'authContext');
  return { kind: 'denied', code: onlyStepUp ? 'INSUFFICIENT_CLAIMS' : 'FORBIDDEN', missing };
}

/** What to ask a sign-in for, which a challenge may tell anybody: scopes, but not the roles that will be needed too. */
function needsToken({ delegated }: StaticRequirement): Decision {
  const scopes = delegated.filter(({ kind }) => kind === 'scope');
  return { kind: 'denied', code: 'UNAUTHENTICATED', missing: [ACCESS_TOKEN, ...scopes] };
}

/** Decisions of the requirements of one table, remembered for each caller. */
export interface Decisions {
  decide(requirementId: number, caller: Caller | undefined): Decision;
}

/**
 * Remembers decisions as long as the caller object lives, so that a caller kept with its verified token is decided
 * once and not for each request. At most one entry for each caller and requirement.
 */
export function createDecisions(requirements: readonly StaticRequirement[]): Decisions {
  const ofAnonymous: (Decision | undefined)[] = [];
  const ofCallers = new WeakMap<Caller, (Decision | undefined)[]>();
  const remembered = (caller: Caller | undefined) => {
    if (caller === undefined) return ofAnonymous;
    const known = ofCallers.get(caller);
    if (known !== undefined) return known;
    const decisions: (Decision | undefined)[] = [];
    ofCallers.set(caller, decisions);
    return decisions;
  };
  return {
    decide(requirementId, caller) {
      const decisions = remembered(caller);
      const known = decisions[requirementId];
      if (known !== undefined) return known;
      const requirement = requirements[requirementId];
      if (requirement === undefined) throw new TypeError(`There is no requirement ${requirementId}.`);
      const decision = decide(requirement, caller);
      decisions[requirementId] = decision;
      return decision;
    },
  };
}

function meets(clause: Clause, held: ReadonlySet<string>): boolean {
  return clause.anyOf.some((all) => all.every((name) => held.has(name)));
}

const NOTHING: ReadonlySet<string> = new Set();

function heldBy(caller: Caller, kind: ClauseKind): ReadonlySet<string> {
  if (caller.kind === 'app-only') return kind === 'permission' ? caller.permissions : NOTHING;
  if (kind === 'scope') return caller.scopes;
  if (kind === 'role') return caller.roles;
  return kind === 'authContext' ? caller.authContexts : NOTHING;
}
