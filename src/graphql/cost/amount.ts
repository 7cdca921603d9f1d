import { areMet, type Condition } from '../../authorization/operations/selection-conditions.js';

/** One request, as far as its cost depends on it. */
export interface CostRun {
  /** Coerced ones. */
  readonly variables: Readonly<Record<string, unknown>>;
  /** Amounts that this run has computed already, by the number of their {@link shared} place. */
  readonly known: (number | undefined)[];
  /** Costs of variables as arguments, so that one that stands in a thousand places is walked once. */
  readonly inputs: Map<string, number>;
  /** Coordinate of a field that has several slicing arguments or lacks the one that it requires. */
  unsliced?: string;
}

/** A part of a cost. It is settled by the document or computed for each request. */
export type Amount = number | OpenAmount;

/** A part of a cost that depends on the variables. */
export interface OpenAmount {
  compute(run: CostRun): number;
  /** Other parts that it is computed from. */
  readonly parts: readonly OpenAmount[];
  /** Bytes that it keeps in memory beside its parts, the document and the schema. */
  readonly bytes: number;
}

/** The largest cost. Sums and products stop here, so that no request can make a cost overflow to something smaller. */
export const MAX_COST = Number.MAX_SAFE_INTEGER;

export function evaluate(amount: Amount, run: CostRun): number {
  return typeof amount === 'number' ? amount : amount.compute(run);
}

/** Bytes that V8 takes on 64 bits (a test holds the estimate within a quarter). */
const BYTES = {
  /** An open amount with its function and its list of parts. */
  amount: 185,
  /** A place in the list of parts. */
  part: 8,
  /** A list of conditions, and a condition in it. */
  conditions: 180,
  condition: 40,
} as const;

/**
 * Creates a part of a cost that depends on the variables.
 *
 * @param bytes of what `compute` keeps for itself
 */
export function openAmount(compute: OpenAmount['compute'], parts: readonly OpenAmount[] = [], bytes = 0): OpenAmount {
  return { compute, parts, bytes: BYTES.amount + parts.length * BYTES.part + bytes };
}

/** Estimates the bytes that amounts keep in memory. A part counts once, however often it is used. */
export function bytesOf(amounts: readonly Amount[]): number {
  const reached = new Set(amounts.filter(isOpen));
  let bytes = 0;
  // The set grows while it is walked.
  for (const amount of reached) {
    bytes += amount.bytes;
    for (const part of amount.parts) reached.add(part);
  }
  return bytes;
}

function isOpen(amount: Amount): amount is OpenAmount {
  return typeof amount !== 'number';
}

/** Adds amounts up. */
export function sum(terms: readonly Amount[]): Amount {
  return fold(terms, 0, add);
}

/** Returns the largest of amounts; 0 when there are none. */
export function largest(terms: readonly Amount[]): Amount {
  return fold(terms, 0, Math.max);
}

/** Multiplies two amounts. Both are computed in each run, even where one is 0, since that can set `unsliced`. */
export function product(left: Amount, right: Amount): Amount {
  return fold([left, right], 1, multiply);
}

const add = (total: number, term: number) => total + term;
const multiply = (total: number, factor: number) => total * factor;

/** Counts an amount only in the runs in which all conditions hold. */
export function onlyIf(conditions: readonly Condition[], amount: Amount): Amount {
  if (amount === 0) return 0;
  return openAmount(
    (run) => (areMet(conditions, run.variables) ? evaluate(amount, run) : 0),
    isOpen(amount) ? [amount] : [],
    BYTES.conditions + conditions.length * BYTES.condition,
  );
}

/** Computes an amount once in each run, however often it is used. */
export function shared(amount: Amount, place: number): Amount {
  if (!isOpen(amount)) return amount;
  return openAmount(
    (run) => {
      const known = run.known[place];
      if (known !== undefined) return known;
      const value = amount.compute(run);
      run.known[place] = value;
      return value;
    },
    [amount],
  );
}

function fold(terms: readonly Amount[], start: number, join: (total: number, term: number) => number): Amount {
  let settled = start;
  const found: OpenAmount[] = [];
  for (const term of terms) {
    if (isOpen(term)) found.push(term);
    else settled = join(settled, term);
  }
  const bounded = Math.min(settled, MAX_COST);
  if (found.length === 0) return bounded;
  const [only] = found;
  if (only && found.length === 1 && bounded === start) return only;
  // V8 gives a list that grew more room than it needs, and a copy exactly what it needs.
  const open = found.slice();
  return openAmount((run) => {
    let total = bounded;
    for (const term of open) total = Math.min(join(total, term.compute(run)), MAX_COST);
    return total;
  }, open);
}
