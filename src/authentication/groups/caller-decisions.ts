import type { Caller, DelegatedCaller } from '../caller.js';
import { freezeCaller } from '../freeze-caller.js';
import { AUTHENTICATION_LIMITS } from '../limits.js';
import { type GroupRoles, withRolesOf } from './group-roles.js';

export interface GroupQuestion {
  readonly caller: DelegatedCaller;
  readonly groupIds: readonly string[];
  /** The verified access token of the user, for a directory that is asked on the user's behalf. */
  readonly accessToken: string;
}

/** Answers with the ids of those groups that the user is in. Rejects if they cannot be looked up. */
export type LookUpGroups = (question: GroupQuestion) => Promise<readonly string[]>;

/** Decides the roles of users whose tokens leave groups out. */
export interface CallerDecisions {
  /** Returns the caller with all its roles if they were looked up before, and else the same caller. */
  known(caller: Caller): Caller;
  /** Looks groups up. Returns the same caller if that fails, whose roles are then still undecided. Never rejects. */
  decide(caller: Caller, accessToken: string): Promise<Caller>;
}

export interface CallerDecisionSettings {
  readonly groupRoles: GroupRoles;
  readonly lookUp: LookUpGroups | undefined;
  /** Milliseconds since 1970. */
  now(): number;
  onFailure(error: unknown): void;
}

const MAX_LOOKUPS = AUTHENTICATION_LIMITS.groupLookups.default;
const MAX_LOOKUPS_OF_USER = AUTHENTICATION_LIMITS.callerGroupLookups.default;
const FAILURE_MS = AUTHENTICATION_LIMITS.groupFailureSeconds.default * 1000;

/**
 * Creates the decisions. Groups are looked up once for each remembered token: the answer is kept as long as the caller, who
 * is kept with the token. There is one question under way for each caller, and a failure is not repeated for a few seconds.
 */
export function createCallerDecisions(settings: CallerDecisionSettings): CallerDecisions {
  const { groupRoles, lookUp, now, onFailure } = settings;
  const decided = new WeakMap<Caller, Caller>();
  const failedUntilMs = new WeakMap<Caller, number>();
  const underWay = new Map<Caller, Promise<Caller>>();
  const known = (caller: Caller) => decided.get(caller) ?? caller;

  function mayAsk({ tenantId, objectId }: Caller): boolean {
    if (underWay.size >= MAX_LOOKUPS) return false;
    const asked = [...underWay.keys()].filter((other) => other.objectId === objectId && other.tenantId === tenantId);
    return asked.length < MAX_LOOKUPS_OF_USER;
  }

  async function ask(lookUpGroups: LookUpGroups, caller: DelegatedCaller, accessToken: string): Promise<Caller> {
    try {
      const groups = await lookUpGroups({ caller, groupIds: [...groupRoles.keys()], accessToken });
      const whole = withGroups(caller, groups, groupRoles);
      decided.set(caller, whole);
      return whole;
    } catch (error) {
      failedUntilMs.set(caller, now() + FAILURE_MS);
      onFailure(error);
      return caller;
    }
  }

  return {
    known,
    async decide(caller, accessToken) {
      const found = known(caller);
      if (!lookUp || found.kind === 'app-only' || !found.undecidedRoles) return found;
      const asking = underWay.get(found);
      if (asking) return asking;
      if (now() < (failedUntilMs.get(found) ?? 0) || !mayAsk(found)) return found;
      const answer = ask(lookUp, found, accessToken).finally(() => underWay.delete(found));
      underWay.set(found, answer);
      return answer;
    },
  };
}

/** Copies members that are not enumerable too. */
function withGroups(caller: DelegatedCaller, groups: readonly string[], groupRoles: GroupRoles): Caller {
  const { undecidedRoles: _, ...members } = Object.getOwnPropertyDescriptors(caller);
  const ids = groups.map((group) => group.toLowerCase());
  const roles = Object.getOwnPropertyDescriptors(withRolesOf(ids, caller.roles, groupRoles));
  return freezeCaller(Object.create(Object.prototype, { ...members, ...roles }));
}
