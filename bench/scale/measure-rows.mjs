import pg from '../../node_modules/pg/lib/index.js';
import { findReport } from '../database/drafts.mjs';
import { measureJob } from '../database/measure-job.mjs';
import { startNoting } from '../database/note-statements.mjs';
import { request } from '../database/reports.mjs';
import { MEASURED_CORE, startChildProcess } from '../harness/child-process.mjs';
import { createRows } from '../harness/rounds.mjs';
import { bodyOf, OPERATIONS, tokenFor } from './operations.mjs';
import { addRows } from './rows.mjs';

/**
 * Measures the same operations with few and with many reports, and asks PostgreSQL how it would run what they send.
 *
 * @returns rows `{ what, isWhole, reports, cpu, postgresCpu?, rate, scans }`: microseconds of CPU time by round; `scans` are the
 *   large tables that are read from one end to the other
 */
export async function measureRows(bench) {
  const { database, tenant, options } = bench;
  const reportId = await findReport(database.superuserUrl);
  const noting = await startNoting(bench);
  const server = await startChildProcess({
    file: 'harness/contender-process.mjs',
    parameters: {
      file: '../database/sample-server.mjs',
      settings: tenant.settings,
      environment: { DATABASE_URL: database.url },
    },
    core: MEASURED_CORE,
  });
  const rows = [];
  try {
    for (const reports of options.scale.reports) {
      await addRows(database.superuserUrl, reports);
      for (const row of await measureOperations({ ...bench, server, noting, reportId })) rows.push({ ...row, reports });
    }
  } finally {
    await server.stop();
    await noting.stop();
  }
  return rows;
}

async function measureOperations({ server, noting, reportId, issue, database, load, options }) {
  const rows = createRows();
  const scans = new Map();
  const jobs = [];
  for (const operation of OPERATIONS) {
    const job = await jobOf(operation, { server, reportId, issue });
    const { what, isWhole = false } = operation;
    jobs.push({ what, isWhole, job });
    scans.set(what, await scansOf(database, await noting.ask({ body: job.bodies[0], token: job.tokens[0] })));
    if (!isWhole) await load.ask({ ...job, count: Math.ceil(options.databaseWarmUp / OPERATIONS.length) });
  }
  for (let round = 0; round < options.rounds; round += 1) {
    for (const { what, isWhole, job } of jobs) {
      const count = Math.ceil(options.scale.requests / (isWhole ? 100 : 4));
      await load.ask({ ...job, count });
      rows.add({ what, isWhole }, await measureJob({ server, load, database, job: { ...job, count } }));
    }
  }
  return rows.list().map((row) => ({ ...row, scans: scans.get(row.what) }));
}

async function jobOf(operation, { server, reportId, issue }) {
  const { address } = server.ready;
  const [body, token] = [bodyOf(operation, reportId), tokenFor(operation, issue)];
  const { status, bytes, body: answer } = await request(address, body, token);
  if (status !== 200 || answer.errors) throw new Error(`${operation.what}: ${JSON.stringify(answer).slice(0, 300)}`);
  return { address, bodies: [body], tokens: [token], expected: { status, bytes } };
}

/** The large tables that the statements of a request would read from one end to the other, in the caller's transaction. */
async function scansOf({ url }, { statements }) {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const found = new Set();
  try {
    for (const { text, values } of statements.flatMap(({ sent }) => sent)) {
      if (!isPlanned(text)) {
        await client.query(text, values);
        continue;
      }
      const { rows } = await client.query(`explain (format json) ${text}`, values);
      for (const table of scannedIn(rows[0]['QUERY PLAN'][0].Plan)) found.add(table);
    }
    return [...found];
  } finally {
    await client.end();
  }
}

/** Beginning, settings and end of a transaction are run; all else is only planned. */
function isPlanned(text) {
  return /^\s*(select|insert|update|delete|with)\b/.test(text) && !text.includes('set_config');
}

function scannedIn(plan) {
  const own = plan['Node Type'] === 'Seq Scan' ? [plan['Relation Name']] : [];
  return [...own, ...(plan.Plans ?? []).flatMap(scannedIn)];
}
