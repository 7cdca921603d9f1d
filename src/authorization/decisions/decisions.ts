import type { Caller } from '../../authentication/caller.js';
import type { StaticRequirement } from '../requirements/requirement.js';
import { type Decision, decide } from './decide.js';
import { isSatisfied, toDemand } from './demand.js';

/** Decisions about the requirements of one table. An id that the table does not have throws a TypeError. */
export interface Decisions {
  /** Whether `decide` says `allowed`. */
  allows(requirementId: number, caller: Caller | undefined): boolean;
  /** Whether it does for each of these. */
  allowsAll(requirementIds: ReadonlySet<number>, caller: Caller | undefined): boolean;
  /** The same in words: what is missing. */
  decide(requirementId: number, caller: Caller | undefined): Decision;
}

/**
 * Remembers what is allowed as long as the caller object lives, so that a caller kept with its verified token is held
 * against a requirement once and not for each request. A bit for each requirement: thousands of callers are kept. What is
 * denied is found again each time, which costs little beside the error that tells of it.
 */
export function createDecisions(requirements: readonly StaticRequirement[]): Decisions {
  const demands = {
    delegated: requirements.map(({ delegated }) => toDemand(delegated)),
    'app-only': requirements.map(({ app }) => toDemand(app)),
  };
  const bitsByCaller = new WeakMap<Caller, number[]>();

  function bitsOf(caller: Caller): number[] {
    const known = bitsByCaller.get(caller);
    if (known !== undefined) return known;
    const bits = [0];
    bitsByCaller.set(caller, bits);
    return bits;
  }

  function isAllowed(id: number, caller: Caller, bits: number[]): boolean {
    const word = bits[id >> 5] ?? 0;
    const bit = 1 << (id & 31);
    if ((word & bit) !== 0) return true;
    if (!isSatisfied(known(demands[caller.kind][id], id), caller)) return false;
    bits[id >> 5] = word | bit;
    return true;
  }

  const isPublic = (id: number) => known(requirements[id], id).isPublic;
  return {
    allows: (id, caller) => (caller ? isAllowed(id, caller, bitsOf(caller)) : isPublic(id)),
    allowsAll(ids, caller) {
      if (caller === undefined) return [...ids].every(isPublic);
      const bits = bitsOf(caller);
      for (const id of ids) if (!isAllowed(id, caller, bits)) return false;
      return true;
    },
    decide: (id, caller) => decide(known(requirements[id], id), caller),
  };
}

function known<T>(ofRequirement: T | undefined, id: number): T {
  if (ofRequirement === undefined) throw new TypeError(`There is no requirement ${id}.`);
  return ofRequirement;
}
