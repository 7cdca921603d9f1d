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
export type Amount = number | ((run: CostRun) => number);

/** The largest cost. Sums and products stop here, so that no request can make a cost overflow to something smaller. */
export const MAX_COST = Number.MAX_SAFE_INTEGER;

export function evaluate(amount: Amount, run: CostRun): number {
  return typeof amount === 'number' ? amount : amount(run);
}

/** Adds amounts up. */
export function sum(terms: readonly Amount[]): Amount {
  return fold(terms, 0, (total, term) => total + term);
}

/** Returns the largest of amounts; 0 when there are none. */
export function largest(terms: readonly Amount[]): Amount {
  return fold(terms, 0, Math.max);
}

/** Multiplies two amounts. Both are computed in each run, even where one is 0, since that can set `unsliced`. */
export function product(left: Amount, right: Amount): Amount {
  return fold([left, right], 1, (total, factor) => total * factor);
}

/** Counts an amount only in the runs for which a condition holds. */
export function onlyIf(condition: (run: CostRun) => boolean, amount: Amount): Amount {
  if (amount === 0) return 0;
  return (run) => (condition(run) ? evaluate(amount, run) : 0);
}

/** Computes an amount once in each run, however often it is used. */
export function shared(amount: Amount, place: number): Amount {
  if (typeof amount === 'number') return amount;
  return (run) => {
    const known = run.known[place];
    if (known !== undefined) return known;
    const value = amount(run);
    run.known[place] = value;
    return value;
  };
}

function fold(terms: readonly Amount[], start: number, join: (total: number, term: number) => number): Amount {
  let settled = start;
  const open: Exclude<Amount, number>[] = [];
  for (const term of terms) {
    if (typeof term === 'number') settled = join(settled, term);
    else open.push(term);
  }
  const bounded = Math.min(settled, MAX_COST);
  if (open.length === 0) return bounded;
  return (run) => {
    let total = bounded;
    for (const term of open) total = Math.min(join(total, term(run)), MAX_COST);
    return total;
  };
}
