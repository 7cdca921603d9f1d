import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { startCluster } from './cluster.mjs';
import { startLoad } from './load.mjs';
import { SCENARIOS } from './scenarios.mjs';
import { startWatchers } from './watchers.mjs';

/** Load before the fault and after it. */
const { values } = parseArgs({
  options: {
    /** Names of scenarios, separated by commas. */
    only: { type: 'string' },
    /** Killed connections of one replica, without a balancer and without goals of time: for tests. */
    short: { type: 'boolean', default: false },
  },
});
const only = values.short ? 'killed connections' : values.only;
const chosen = SCENARIOS.filter(({ name }) => !only || only.split(',').includes(name));
/** Load before the fault and after it. */
const [beforeMs, afterMs] = values.short ? [500, 500] : [2_000, 5_000];
/** The event loop is late on a machine that runs tests. */
const SHORT = {
  replicas: 1,
  balancer: 'none',
  settings: { LIMIT_EVENT_LOOP_DELAY_MS: '0', LIMIT_DATABASE_WAIT_MS: '300000' },
};
/** Goals of every scenario. */
const GOALS = { lost: 0, doubled: 0, untold: 0, toldMs: 5_000, toldAgainMs: 5_000 };
const UNTIMED = {
  recoveryMs: Number.POSITIVE_INFINITY,
  toldMs: Number.POSITIVE_INFINITY,
  toldAgainMs: Number.POSITIVE_INFINITY,
};
if (chosen.length === 0) throw new TypeError(`No scenario is called ${values.only}`);

const rows = [];
const missed = [];
let cluster;
// Servers that outlive this process would keep its output open, and a process that reads it would wait for ever.
process.on('uncaughtException', async (error) => {
  console.error(error);
  await cluster?.stop();
  process.exit(1);
});
for (const scenario of chosen) {
  console.log(`${scenario.name}: ${scenario.about}`);
  try {
    cluster = await startCluster(values.short ? SHORT : scenario.cluster);
    const result = await runUnderLoad(cluster, scenario);
    rows.push(rowOf(scenario, result));
    missed.push(...missedGoals(scenario, result));
  } catch (error) {
    missed.push(`${scenario.name}: ${error.stack}`);
  } finally {
    await cluster?.stop();
  }
}
console.table(rows);
for (const line of missed) console.log(`MISSED ${line}`);
process.exit(missed.length > 0 ? 1 : 0);

async function runUnderLoad(cluster, scenario) {
  const load = startLoad(cluster, scenario.load);
  const watchers = scenario.load?.changes === 0 ? undefined : startWatchers(cluster, load.made);
  try {
    await watchers?.open();
    await delay(beforeMs);
    if (load.figures.failed > 0) throw new Error(`requests fail without a fault: ${[...load.figures.failures.keys()]}`);
    const extra = [];
    const noted = {};
    const startMore = async (options, ms) => {
      const more = startLoad(cluster, { ...options, changes: 0 });
      await delay(ms);
      extra.push(await more.stop());
    };
    const overAt = await scenario.run(cluster, startMore, (more) => Object.assign(noted, more));
    await delay(afterMs);
    const figures = [...extra, await load.stop()].reduce(join);
    const watched = await watchers?.stop(overAt);
    const crashes = cluster.replicas.flatMap((replica) => replica.crashes);
    return {
      ...figures,
      ...watched,
      wrong: [...figures.wrong, ...(watched?.wrong ?? [])],
      ...noted,
      noted,
      p99Ms: p99(figures.times),
      failedP99Ms: p99(figures.failureTimes),
      crashes,
      recoveryMs: Math.max(0, Math.round(figures.lastFailureAt - overAt)),
    };
  } finally {
    watchers?.cancel();
    load.cancel();
  }
}

/** Adds the figures of two loads. */
function join(one, other) {
  const sum = Object.fromEntries(
    ['requests', 'failed', 'publicFailed', 'changes', 'audited', 'lost', 'doubled'].map((name) => [
      name,
      one[name] + other[name],
    ]),
  );
  const failures = new Map(one.failures);
  for (const [code, count] of other.failures) failures.set(code, (failures.get(code) ?? 0) + count);
  return {
    ...sum,
    failures,
    wrong: [...one.wrong, ...other.wrong],
    times: [...one.times, ...other.times],
    failureTimes: [...one.failureTimes, ...other.failureTimes],
    lastFailureAt: Math.max(one.lastFailureAt, other.lastFailureAt),
  };
}

function p99(times) {
  const sorted = times.toSorted((a, b) => a - b);
  return Math.round(sorted[Math.floor(sorted.length * 0.99)] ?? 0);
}

function rowOf(
  { name },
  {
    requests,
    failed,
    wrong,
    changes,
    audited,
    lost,
    doubled,
    recoveryMs,
    failures,
    publicFailed,
    crashes,
    p99Ms,
    failedP99Ms,
    events,
    untold,
    toldMs,
    toldAgainMs,
    ends,
    noted,
  },
) {
  return {
    scenario: name,
    requests,
    failed,
    'failed without need of the database': publicFailed,
    wrong: wrong.length,
    changes,
    'audited uses': audited,
    lost,
    doubled,
    crashes: crashes.length,
    'recovery (ms)': recoveryMs,
    '99 % answered in (ms)': p99Ms,
    '99 % failed in (ms)': failedP99Ms,
    failures: listed(failures),
    ...(ends && {
      events,
      'missed silently': untold,
      'told or ended within (ms)': toldMs,
      'told again within (ms)': toldAgainMs,
      'ends of subscriptions': listed(ends),
    }),
    ...noted,
  };
}

function listed(counts) {
  return [...counts].map(([what, count]) => `${count} ${what}`).join(', ');
}

function missedGoals({ name, goals = {} }, result) {
  const found = { ...result, failedShare: result.failed / result.requests };
  const limits = { ...GOALS, ...goals, ...(values.short && UNTIMED) };
  return [
    ...result.crashes.map((crash) => `${name}: a replica ended: ${crash}`),
    ...result.wrong.slice(0, 5).map((answer) => `${name}: a wrong answer: ${answer}`),
    ...Object.entries(limits)
      .filter(([figure, limit]) => found[figure] > limit)
      .map(([figure, limit]) => `${name}: ${figure} is ${found[figure]}, at most ${limit} was the goal`),
  ];
}
