import { findReport } from '../database/drafts.mjs';
import { measureJob } from '../database/measure-job.mjs';
import { request } from '../database/reports.mjs';
import { MEASURED_CORE, startChildProcess } from '../harness/child-process.mjs';
import { createRows } from '../harness/rounds.mjs';
import { bodyOf, OPERATIONS, tokenFor } from './operations.mjs';
import { notePlans } from './plans.mjs';
import { addRows } from './rows.mjs';

/**
 * Measures the same operations with few and with many reports, and collects the plans of all statements. Each number of reports
 * has processes of its own, which have answered as many requests before they are measured.
 *
 * @returns `{ rows, plans }`: rows `{ what, isWhole, reports, cpu, postgresCpu?, rate, scans }`, microseconds of CPU time by
 *   round; plans as of `plans.mjs`, with `reports`
 */
export async function measureRows(bench) {
  const { database, options } = bench;
  const reportId = await findReport(database.superuserUrl);
  const rows = [];
  const plans = [];
  for (const reports of options.scale.reports) {
    await addRows(database.superuserUrl, reports);
    const noted = await notePlans(bench, reportId);
    plans.push(...noted.map((plan) => ({ ...plan, reports })));
    const scansOf = (wanted) => noted.find(({ what }) => what === wanted).scans;
    for (const row of await measureOperations(bench, reportId)) {
      rows.push({ ...row, reports, scans: scansOf(row.what) });
    }
  }
  return { rows, plans };
}

async function measureOperations({ tenant, issue, database, load, options }, reportId) {
  const server = await startChildProcess({
    file: 'harness/contender-process.mjs',
    parameters: {
      file: '../database/sample-server.mjs',
      settings: tenant.settings,
      environment: { DATABASE_URL: database.url },
    },
    core: MEASURED_CORE,
  });
  try {
    const rows = createRows();
    const jobs = [];
    for (const operation of OPERATIONS) {
      const job = await jobOf(operation, { server, reportId, issue });
      const { what, isWhole = false } = operation;
      jobs.push({ what, isWhole, job });
      if (!isWhole) await load.ask({ ...job, count: Math.ceil(options.databaseWarmUp / OPERATIONS.length) });
    }
    for (let round = 0; round < options.rounds; round += 1) {
      for (const { what, isWhole, job } of jobs) {
        const count = Math.ceil(options.scale.requests / (isWhole ? 100 : 4));
        await load.ask({ ...job, count });
        rows.add({ what, isWhole }, await measureJob({ server, load, database, job: { ...job, count } }));
      }
    }
    return rows.list();
  } finally {
    await server.stop();
  }
}

async function jobOf(operation, { server, reportId, issue }) {
  const { address } = server.ready;
  const [body, token] = [bodyOf(operation, { reportId }), tokenFor(operation, issue)];
  const { status, bytes, body: answer } = await request(address, body, token);
  if (status !== 200 || answer.errors) throw new Error(`${operation.what}: ${JSON.stringify(answer).slice(0, 300)}`);
  return { address, bodies: [body], tokens: [token], expected: { status, bytes } };
}
