import { requestBody } from './items.mjs';

/** The requests of a run: the callers and the query. */
export const WORKLOADS = {
  one: 'one caller',
  many: '1 000 callers',
  new: 'every request a new token',
  unseen: 'every request a new query',
  denied: 'a caller who may not see two of the ten fields',
};

/** New tokens of a turn. Each is signed. */
const MOST_TOKENS = 1500;

/** A caller who lacks the role for some fields. */
export function issueForReader(issue) {
  return issue(0, { claims: { roles: ['Items.Reader'] } });
}

/**
 * Makes the requests of a workload, so many in a row. `known` are tokens to be made known beforehand. `most`: of requests
 * that take longer to make than to answer, a turn has no more.
 *
 * @returns {(workload: keyof typeof WORKLOADS, n: number) =>
 *   { next: (count: number) => { tokens: string[], bodies: string[] }, known?: string[], most?: number }}
 */
export function createWorkloads({ issue, callers }) {
  const many = Array.from({ length: callers }, (_, caller) => issue(caller));
  const one = many.slice(0, 1);
  const denied = [issueForReader(issue)];
  let queries = 0;
  const newQuery = (n) => {
    queries += 1;
    return requestBody(n, `Items${String(queries).padStart(8, '0')}`);
  };
  return (workload, n) => {
    const bodies = [requestBody(n)];
    const times = (count, make) => Array.from({ length: count }, (_, index) => make(index));
    const workloads = {
      one: { next: () => ({ tokens: one, bodies }) },
      many: { next: () => ({ tokens: many, bodies }), known: many },
      new: { next: (count) => ({ tokens: times(count, (caller) => issue(caller)), bodies }), most: MOST_TOKENS },
      unseen: { next: (count) => ({ tokens: one, bodies: times(count, () => newQuery(n)) }) },
      denied: { next: () => ({ tokens: denied, bodies }) },
    };
    return workloads[workload];
  };
}
