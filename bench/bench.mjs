// `npm run bench`: measures part by part, prints tables, and writes them down. See README.md.
import { loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { describeEnvironment } from './harness/environment.mjs';
import { startLoad } from './harness/start-load.mjs';
import { measurePart } from './measure-part.mjs';
import { FULL, MIN_ROUNDS, SHORT } from './options.mjs';
import { PARTS } from './parts.mjs';
import { keepPart, printParts, readResults, writePages } from './report/write-report.mjs';
import { createTokenIssuer } from './workload/access-tokens.mjs';
import { startTenant } from './workload/tenant.mjs';

const { values } = parseArgs({
  options: {
    short: { type: 'boolean', default: false },
    rounds: { type: 'string' },
    only: { type: 'string', default: '' },
    parts: { type: 'string', default: Object.keys(PARTS).join() },
    report: { type: 'boolean', default: false },
  },
});
const options = { ...(values.short ? SHORT : FULL), ...(values.rounds && { rounds: Number(values.rounds) }) };
const only = values.only.split(',').filter(Boolean);
const parts = values.parts.split(',');
const unknown = parts.filter((id) => !(id in PARTS));
if (unknown.length > 0) throw new Error(`Unknown part ${unknown}. Parts: ${Object.keys(PARTS).join(', ')}.`);

/** Read at the start, because the results written later make the repository differ from its commit. */
const environment = describeEnvironment();

/** Whether the figures may be kept. A first look at something is not. */
const isWhole = !values.short && only.length === 0 && !process.env.BENCH_BEFORE && options.rounds >= MIN_ROUNDS;

if (values.report) {
  printParts(readResults({ isKept: true }).parts);
  writePages({ isKept: true });
} else await measureParts();

async function measureParts() {
  for (const id of parts) {
    console.error(PARTS[id]);
    const { run, isKept } = await runPart(id);
    keepPart(id, run, { isKept });
    printParts({ [id]: run });
    for (const problem of run.problems) console.error(`left out: ${problem}`);
    if (run.problems.length > 0) process.exitCode = 1;
  }
  writePages({ isKept: isWhole });
}

/** A run of one part, with servers, tenant and client of its own. */
async function runPart(id) {
  const problems = [];
  const tenant = await startTenant();
  const load = await startLoad(options);
  const date = new Date().toISOString();
  try {
    const bench = { tenant, issue: createTokenIssuer(tenant), load, options, only, problems };
    const measured = await measurePart(id, bench);
    const run = { date, ...environment, load: loadavg()[1], options, problems, ...measured };
    return { run, isKept: isWhole && problems.length === 0 };
  } finally {
    await load.stop();
    tenant.close();
  }
}
