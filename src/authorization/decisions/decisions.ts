import type { Caller } from '../../authentication/caller.js';
import { AUTHORIZATION_LIMITS } from '../limits.js';
import type { StaticRequirement } from '../requirements/requirement.js';
import { type Decision, decide, type Missing } from './decide.js';

/** Decisions about the requirements of one table. An id that the table does not have throws a TypeError. */
export interface Decisions {
  /** Returns whether `decide` says `allowed`. */
  allows(requirementId: number, caller: Caller | undefined): boolean;
  allowsAll(requirementIds: ReadonlySet<number>, caller: Caller | undefined): boolean;
  /** Returns the decision, with what is missing. */
  decide(requirementId: number, caller: Caller | undefined): Decision;
}

/**
 * Remembers granted requirements as long as the caller object lives. A caller that is kept with its verified token is
 * compared with a requirement once and not for each request. Each requirement takes one byte, because thousands of callers
 * are kept. Denials are found again each time. Those that say the same are one object, so that their words are found once.
 */
export function createDecisions(requirements: readonly StaticRequirement[]): Decisions {
  const grantedByCaller = new WeakMap<Caller, Uint8Array>();
  const denials = requirements.map((): Decision[] => []);
  const decideById = (id: number, caller: Caller | undefined) =>
    sharedIn(known(denials[id], id), decide(known(requirements[id], id), caller));

  function grantedTo(caller: Caller): Uint8Array {
    const remembered = grantedByCaller.get(caller);
    if (remembered) return remembered;
    const granted = new Uint8Array(requirements.length);
    grantedByCaller.set(caller, granted);
    return granted;
  }

  function isAllowed(id: number, caller: Caller, granted: Uint8Array): boolean {
    if (granted[id] === 1) return true;
    if (decideById(id, caller).kind !== 'allowed') return false;
    granted[id] = 1;
    return true;
  }

  const isPublic = (id: number) => known(requirements[id], id).isPublic;
  return {
    allows: (id, caller) => (caller ? isAllowed(id, caller, grantedTo(caller)) : isPublic(id)),
    allowsAll(ids, caller) {
      if (caller === undefined) return [...ids].every(isPublic);
      const granted = grantedTo(caller);
      for (const id of ids) if (!isAllowed(id, caller, granted)) return false;
      return true;
    },
    decide: decideById,
  };
}

const MAX_SHARED = AUTHORIZATION_LIMITS.sharedDecisions.default;

/** Returns the decision of the list that says the same. Adds it when there is none. */
function sharedIn(list: Decision[], decision: Decision): Decision {
  if (decision.kind === 'allowed') return decision;
  for (const other of list) {
    if (other.kind === decision.kind && other.code === decision.code && isSame(other.missing, decision.missing)) {
      return other;
    }
  }
  if (list.length < MAX_SHARED) list.push(decision);
  return decision;
}

/** The parts are the clauses of the requirement itself. */
function isSame(one: readonly Missing[], other: readonly Missing[]): boolean {
  return one.length === other.length && one.every((part, index) => part === other[index]);
}

function known<T>(ofRequirement: T | undefined, id: number): T {
  if (ofRequirement === undefined) throw new TypeError(`Requirement ${id} does not exist.`);
  return ofRequirement;
}
