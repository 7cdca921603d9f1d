import { badTokens } from '../workload/access-tokens.mjs';
import { requestBody } from '../workload/items.mjs';
import { createWorkloads } from '../workload/workloads.mjs';
import { probeRefusal } from './check-contender.mjs';
import { createRows, rotated } from './rounds.mjs';

/**
 * Measures whole requests. In each round each contender has its turn at each number of items and each workload, one
 * contender directly after the other and each round in another order, so that what disturbs the machine for a while
 * disturbs all alike and ratios within a round remain. Each round has processes of its own: one that is compiled or laid
 * out in memory less luckily stays up to half as slow again for as long as it runs.
 *
 * @param {{ startAll: () => Promise<object[]> }} startAll starts the contenders
 * @returns `{ rows, contestants }`: rows `{ workload, n, contender, cpu, rate }`, microseconds of CPU time a request and
 *   requests a second, by round; the contenders of the last round, stopped, with the memory that they came to hold
 */
export async function measureRequests({ startAll, load, issue, options, onRound }) {
  const { callers, rounds } = options;
  const requestsOf = createWorkloads({ issue, callers });
  const rows = createRows();
  let contestants = [];
  for (let round = 0; round < rounds; round += 1) {
    onRound(round);
    contestants = await startAll();
    try {
      await warmUp(rotated(contestants, round), load, issue, options);
      await measureRound({ round, rows, requestsOf, contestants, load, options });
      for (const contestant of contestants) contestant.memoryBytes = (await contestant.ask('usage')).memoryBytes;
    } finally {
      await Promise.all(contestants.map(({ stop }) => stop()));
    }
  }
  return { rows: rows.list(), contestants };
}

/** Until nothing is compiled any more: a server runs for days, and its first thousands of requests cost more. */
async function warmUp(contestants, load, issue, { sizes, warmUpRequests, warmUpTokens }) {
  const known = [issue(0)];
  const fresh = Array.from({ length: warmUpTokens }, (_, caller) => issue(caller));
  for (const { address, expected } of contestants) {
    const ask = (n, tokens, count) =>
      load.ask({ address, bodies: [requestBody(n)], expected: expected.granted.get(n), tokens, count });
    await ask(1, fresh, fresh.length);
    for (const n of sizes) await ask(n, known, warmUpRequests[n]);
  }
}

async function measureRound({ round, rows, requestsOf, contestants, load, options: { sizes, requests, workloads } }) {
  for (const [workload, n] of product(workloads, sizes)) {
    for (const contestant of rotated(contestants, round)) {
      const expected = contestant.expected[workload === 'denied' ? 'denied' : 'granted'].get(n);
      const job = { ...requestsOf(workload, n), count: requests[n], expected };
      rows.add({ workload, n, contender: contestant.id }, await measureJob(contestant, load, job));
    }
  }
}

/**
 * Measures requests with bad tokens for one item, and beside them (`answered`) with a good one.
 *
 * @returns rows `{ kind, contender, cpu, rate }`
 */
export async function measureRefusals({ contestants, load, issue, options }) {
  const { requests, rounds, warmUpRounds } = options;
  const rows = createRows();
  for (let round = -warmUpRounds.refusals; round < rounds; round += 1) {
    for (const [kind, token] of Object.entries({ answered: issue(0), ...badTokens(issue, 0) })) {
      for (const contestant of rotated(contestants, round)) {
        const expected = await expectedOf(kind, token, contestant);
        const next = () => ({ tokens: [token], bodies: [requestBody(1)] });
        const job = { next, count: requests[1], expected };
        const figures = await measureJob(contestant, load, job);
        if (round >= 0) rows.add({ kind, contender: contestant.id }, figures);
      }
    }
  }
  return rows.list();
}

function expectedOf(kind, token, contestant) {
  return kind === 'answered' ? contestant.expected.granted.get(1) : probeRefusal(contestant, contestant.address, token);
}

/**
 * Twice as many requests come beforehand and do not count: while other contenders have their turns, V8 collects what this
 * one's compiled code relied on. Nor does making known the tokens that are to be known.
 */
async function measureJob(contestant, load, { next, known = [], count, expected }) {
  const { address } = contestant;
  const ask = (requests, number) => load.ask({ address, ...requests, expected, count: number });
  if (known.length > 0) {
    const smallest = { bodies: [requestBody(1)], expected: contestant.expected.granted.get(1) };
    await load.ask({ address, ...smallest, tokens: known, count: Math.min(known.length, count) });
  }
  await ask(next(2 * count), 2 * count);
  const measured = next(count);
  const before = await contestant.ask('usage');
  const { seconds } = await ask(measured, count);
  const after = await contestant.ask('usage');
  return { cpu: (after.cpuMicroseconds - before.cpuMicroseconds) / count, rate: count / seconds };
}

function product(some, others) {
  return some.flatMap((one) => others.map((other) => [one, other]));
}
