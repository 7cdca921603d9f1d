import type { Caller } from '../../authentication/caller.js';
import type { ApplicationClauses, Clause } from '../requirements/requirement.js';
import { heldBy, meets } from './decide.js';

/**
 * What one kind of caller needs, in the form in which it is asked again and again: clause after clause, and for a clause
 * of a single name, as nearly all are, that name at hand. What lies apart is slow to read when there are thousands.
 */
export type Demand = DemandedClause | 'nothing' | 'never';

interface DemandedClause extends Clause {
  /** The only name of the clause. */
  readonly name: string | undefined;
  readonly next: Demand;
}

/** Prepares the half of a requirement. */
export function toDemand(half: ApplicationClauses): Demand {
  if (half === 'never') return half;
  return half.reduceRight<Demand>((next, { kind, anyOf }) => ({ kind, anyOf, name: onlyName(anyOf), next }), 'nothing');
}

/** Whether the caller meets every clause. */
export function isSatisfied(demand: Demand, caller: Caller): boolean {
  let rest = demand;
  while (typeof rest === 'object') {
    const held = heldBy(caller, rest.kind);
    if (!(rest.name === undefined ? meets(rest, held) : held.has(rest.name))) return false;
    rest = rest.next;
  }
  return rest === 'nothing';
}

function onlyName(anyOf: Clause['anyOf']): string | undefined {
  const [name, ...others] = anyOf.flat();
  return others.length === 0 ? name : undefined;
}
