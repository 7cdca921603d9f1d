import { badTokens } from '../workload/access-tokens.mjs';
import { requestBody } from '../workload/items.mjs';
import { createWorkloads } from '../workload/workloads.mjs';
import { probeRefusal } from './check-contender.mjs';
import { createRows, rotated } from './rounds.mjs';

/**
 * Measures whole requests. A round measures each contender with each number of items and each workload. The contenders follow
 * one another directly, in another order each round, so that a disturbance of the machine affects all alike and the ratios
 * within a round remain. Each round has its own processes, because a process with unlucky compilation or memory layout stays up
 * to half as slow again for as long as it runs.
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

/**
 * Until hardly anything is compiled any more: a server runs for days, and its first thousands of requests cost more. The contenders take
 * turns at each number of items, so that none is idle for a minute: V8 then throws away code that was not run since.
 */
async function warmUp(contestants, load, issue, { sizes, requests, warmUpSeconds, warmUpTokens }) {
  const known = [issue(0)];
  const fresh = Array.from({ length: warmUpTokens }, (_, caller) => issue(caller));
  for (const { address, expected } of contestants) {
    const smallest = { bodies: [requestBody(1)], expected: expected.granted.get(1) };
    await load.ask({ address, ...smallest, tokens: fresh, count: fresh.length });
  }
  for (const [n, contestant] of product(sizes, contestants)) {
    const next = () => ({ tokens: known, bodies: [requestBody(n)] });
    const job = { next, count: requests[n], expected: contestant.expected.granted.get(n) };
    await keepBusy(contestant, load, job, warmUpSeconds);
  }
}

async function measureRound({ round, rows, requestsOf, contestants, load, options }) {
  const { sizes, requests, workloads, turn } = options;
  for (const [workload, n] of product(workloads, sizes)) {
    for (const contestant of rotated(contestants, round)) {
      const expected = contestant.expected[workload === 'denied' ? 'denied' : 'granted'].get(n);
      const job = { ...requestsOf(workload, n), count: requests[n], expected };
      rows.add({ workload, n, contender: contestant.id }, await measureJob(contestant, load, job, turn));
    }
  }
}

/**
 * Measures requests with bad tokens for one item, and beside them (`answered`) with a good one.
 *
 * @returns rows `{ kind, contender, cpu, rate }`
 */
export async function measureRefusals({ contestants, load, issue, options }) {
  const { requests, rounds, warmUpRounds, refusalTurn } = options;
  const rows = createRows();
  for (let round = -warmUpRounds.refusals; round < rounds; round += 1) {
    for (const [kind, token] of Object.entries({ answered: issue(0), ...badTokens(issue, 0) })) {
      for (const contestant of rotated(contestants, round)) {
        const expected = await expectedOf(kind, token, contestant);
        const next = () => ({ tokens: [token], bodies: [requestBody(1)] });
        const job = { next, count: requests[1], expected };
        const figures = await measureJob(contestant, load, job, refusalTurn);
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
 * Measures a turn. Requests that do not count come first: while others had their turns, the processor's caches and V8 forgot what this
 * contender relied on. Nor does making known the tokens that are to be known.
 */
async function measureJob(contestant, load, { known = [], ...job }, { before, measured }) {
  if (known.length > 0) {
    const smallest = { bodies: [requestBody(1)], expected: contestant.expected.granted.get(1) };
    await load.ask({ address: contestant.address, ...smallest, tokens: known, count: known.length });
  }
  const { cpu } = await keepBusy(contestant, load, job, before);
  const count = Math.min(Math.max(job.count, Math.ceil((measured * 1e6) / cpu)), job.most ?? Infinity);
  return sendSome(contestant, load, { ...job, count });
}

/**
 * Sends portions of requests until they have taken so many seconds of CPU time. Of requests with a most, it sends at most twice that.
 *
 * @returns the figures of the last portion
 */
async function keepBusy(contestant, load, job, seconds) {
  const { count, most = Infinity } = job;
  let figures;
  let spent = 0;
  let sent = 0;
  do {
    figures = await sendSome(contestant, load, job);
    spent += figures.cpu * count;
    sent += count;
  } while (spent < seconds * 1e6 && sent < 2 * most);
  return figures;
}

/** @returns `{ cpu, rate }`: microseconds of CPU time for each request, and requests a second */
async function sendSome(contestant, load, { next, count, expected }) {
  const requests = next(count);
  const before = await contestant.ask('usage');
  const { seconds } = await load.ask({ address: contestant.address, ...requests, expected, count });
  const after = await contestant.ask('usage');
  return { cpu: (after.cpuMicroseconds - before.cpuMicroseconds) / count, rate: count / seconds };
}

function product(some, others) {
  return some.flatMap((one) => others.map((other) => [one, other]));
}
