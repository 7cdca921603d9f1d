// `npm run bench`: measures, prints tables, and writes them down. See README.md.
import { parseArgs } from 'node:util';
import { OURS } from './contenders.mjs';
import { measureGrowth } from './growth/measure-growth.mjs';
import { measureMemory } from './growth/measure-memory.mjs';
import { LOAD_CORE, startChildProcess } from './harness/child-process.mjs';
import { startContestants } from './harness/contestants.mjs';
import { describeEnvironment } from './harness/environment.mjs';
import { measureRefusals, measureRequests } from './harness/measure-requests.mjs';
import { measureHostile } from './hostile/measure-hostile.mjs';
import { FULL, SHORT } from './options.mjs';
import { measurePolicies } from './policies/measure-policies.mjs';
import { databaseTables } from './report/database-tables.mjs';
import { toText } from './report/render-tables.mjs';
import { requestTables } from './report/tables.mjs';
import { readResults, writeReport } from './report/write-report.mjs';
import { measureTokens } from './tokens/measure-tokens.mjs';
import { createTokenIssuer } from './workload/access-tokens.mjs';
import { startTenant } from './workload/tenant.mjs';
import { WORKLOADS } from './workload/workloads.mjs';

const { values } = parseArgs({
  options: {
    short: { type: 'boolean', default: false },
    rounds: { type: 'string' },
    only: { type: 'string', default: '' },
    database: { type: 'boolean', default: false },
    workloads: { type: 'string', default: '' },
    report: { type: 'boolean', default: false },
  },
});

const options = {
  ...(values.short ? SHORT : FULL),
  ...(values.rounds && { rounds: Number(values.rounds) }),
  workloads: values.workloads ? values.workloads.split(',') : Object.keys(WORKLOADS),
};
const only = values.only.split(',').filter(Boolean);

if (values.report) writeReport(readResults(), { isKept: true });
else if (values.database) await runOverDatabase();
else await run();

/** The measurements over PostgreSQL alone, for a look at a change. Prints the tables and keeps nothing. */
async function runOverDatabase() {
  const { measureDatabase } = await import('./database/measure-database.mjs');
  const problems = [];
  const measured = await measureDatabase({ options: { ...options, idleSeconds: 0 }, only, problems });
  console.log(toText(databaseTables(measured)));
  for (const problem of problems) console.error(`left out: ${problem}`);
  process.exitCode = problems.length > 0 ? 1 : 0;
}

async function run() {
  const isComplete = !values.short && !values.rounds && only.length === 0;
  const tenant = await startTenant();
  const issue = createTokenIssuer(tenant);
  const load = await startChildProcess({ file: 'harness/load-process.mjs', core: LOAD_CORE });
  const problems = [];
  const startAll = async () => {
    const started = await startContestants({ only, ...options, settings: tenant.settings, issue });
    problems.push(...started.problems);
    return started.contestants;
  };
  try {
    const onRound = (round) => console.error(`round ${round + 1} of ${options.rounds}`);
    const { rows: requests, contestants } = await measureRequests({ startAll, load, issue, options, onRound });
    if (values.workloads) return console.log(toText(requestTables({ requests, options })));
    const memory = contestants.map(describeMemory);
    const refusals = await measureRefusalsOf(contestants, { load, issue, options, settings: tenant.settings });
    const tokens = await measureTokens({ tenant, issue, options });
    const isBuilt = contestants.some(({ id }) => OURS.includes(id));
    const growth = isBuilt ? await measureGrowth({ options }) : [];
    const policies = isBuilt ? await measurePolicies({ options }) : [];
    const hostile = isBuilt ? await measureHostile({ options }) : [];
    const tokenMemory = isBuilt ? await measureMemory({ tenant, issue, options }) : undefined;
    const database = isBuilt ? await measureOverDatabase(options, problems) : undefined;
    const results = {
      date: new Date().toISOString(),
      ...describeEnvironment(),
      options,
      tokenBytes: issue(0).length,
      problems,
      requests,
      refusals,
      memory,
      tokens,
      growth,
      policies,
      hostile,
      tokenMemory,
      database,
    };
    writeReport(results, { isKept: isComplete && problems.length === 0 });
  } finally {
    await load.stop();
    tenant.close();
  }
  for (const problem of problems) console.error(`left out: ${problem}`);
  process.exitCode = problems.length > 0 ? 1 : 0;
}

/**
 * Refusals are measured with servers that do not limit them: with a limit, all but the first of a minute would be
 * refused for their number, at next to no cost.
 */
async function measureRefusalsOf(contestants, { load, issue, options, settings }) {
  const only = contestants.filter(({ isSecured }) => isSecured).map(({ id }) => id);
  if (only.length === 0) return [];
  const environment = { RATE_LIMIT_FAILURES_PER_MINUTE: '0' };
  const unlimited = await startContestants({ only, ...options, settings, issue, environment });
  try {
    return await measureRefusals({ contestants: unlimited.contestants, load, issue, options });
  } finally {
    await Promise.all(unlimited.contestants.map(({ stop }) => stop()));
  }
}

/** Without a database, names the figures that are left out in `problems`. The other figures stay. */
async function measureOverDatabase(options, problems) {
  try {
    const { measureDatabase } = await import('./database/measure-database.mjs');
    return await measureDatabase({ options, problems });
  } catch (error) {
    problems.push(`database: ${error.message}`);
    return undefined;
  }
}

function describeMemory({ id, startMs, idleBytes, memoryBytes }) {
  return { contender: id, startMs, idleMegabytes: idleBytes / 1e6, megabytes: memoryBytes / 1e6 };
}
