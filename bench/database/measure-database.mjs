import { isDeepStrictEqual } from 'node:util';
import { MEASURED_CORE, startChildProcess } from '../harness/child-process.mjs';
import { findNode } from '../harness/find-node.mjs';
import { createRows, rotated } from '../harness/rounds.mjs';
import { startLoad } from '../harness/start-load.mjs';
import { createTokenIssuer } from '../workload/access-tokens.mjs';
import { startTenant } from '../workload/tenant.mjs';
import { DATABASE_CONTENDERS } from './contenders.mjs';
import { findReport, makeDrafts } from './drafts.mjs';
import { measureJob } from './measure-job.mjs';
import { measureStart } from './measure-start.mjs';
import { noteStatements } from './note-statements.mjs';
import { openDatabase } from './open-database.mjs';
import {
  auditorToken,
  authorToken,
  canSubmit,
  checkReports,
  JOBS,
  pageBody,
  reportBody,
  request,
  submitBody,
  tenantId,
  USUAL_SIZE,
} from './reports.mjs';

/**
 * Measures the sample over PostgreSQL: many requests at a time (`full`) and one at a time (`single`); then what is sent to
 * PostgreSQL for it, and how long `npm start` takes.
 *
 * @returns `{ postgres, rows, statements, start }`: rows `{ server, load, n, cpu, postgresCpu?, rate }` by round, where `n` is one
 *   of `JOBS`, and CPU times are microseconds a request; of `statements` and `start` see {@link noteStatements} and
 *   `measure-start.mjs`
 */
export async function measureDatabase({ options, only = [], problems = [] }) {
  const database = await openDatabase();
  const tenant = await startTenant(tenantId);
  const stops = [async () => tenant.close()];
  try {
    const issue = createTokenIssuer(tenant);
    const reportId = await findReport(database.superuserUrl);
    const drafts = await makeDrafts(database.superuserUrl, options.drafts);
    stops.unshift(drafts.close);
    const load = await startLoad(options);
    stops.unshift(load.stop);
    const bench = { database, tenant, issue, reportId, drafts, load, options };
    const servers = [];
    for (const contender of chosen({ only, options })) {
      try {
        const server = await startContender(contender, bench);
        stops.unshift(server.stop);
        const { expected, said } = await check(server, contender, bench);
        if (servers[0] && !hasSame(said, servers[0].said)) throw new Error('it answers with other rows');
        servers.push({ ...contender, ...server, expected, said });
      } catch (error) {
        problems.push(`(${contender.id}) ${contender.name}: ${error.message}`);
      }
    }
    const rows = await measureRounds({ ...bench, servers });
    const statements = await noteStatements(bench);
    const start = await measureStart({ tenant, database, options });
    return { postgres: database.version, rows, statements, start };
  } finally {
    for (const stop of stops) await stop();
    await database.close();
  }
}

/** A short run leaves out what needs a newer Node where none can be had. */
function chosen({ only, options }) {
  const major = options.databaseNode ?? Number(process.versions.node.split('.', 1)[0]);
  return DATABASE_CONTENDERS.filter(({ id, node = 0 }) => (only.length === 0 || only.includes(id)) && node <= major);
}

async function startContender({ file, environment, database: login }, { tenant, database, options }) {
  const url = login === 'superuser' ? database.superuserUrl : database.url;
  const child = await startChildProcess({
    file: 'harness/contender-process.mjs',
    parameters: {
      file: `../database/${file}`,
      settings: tenant.settings,
      environment: { DATABASE_URL: url, ...environment },
    },
    core: MEASURED_CORE,
    // The same for all: what a promise costs differs much between versions.
    node: options.databaseNode ? findNode(options.databaseNode) : process.execPath,
  });
  return { ...child, address: child.ready.address };
}

/** Checks the answers, those to a change as well. */
async function check({ address }, contender, { issue, reportId, drafts }) {
  const checked = await checkReports(address, issue, contender, { reportId });
  if (!canSubmit(contender)) return checked;
  const { status, bytes, body } = await request(address, submitBody(drafts.ids[0]), authorToken(issue));
  const submitted = body.data?.submitExpenseReport?.expenseReport;
  if (submitted?.status !== 'SUBMITTED') throw new Error(`it answers a submission with ${JSON.stringify(body)}`);
  await drafts.reset();
  checked.expected.set('submit', { status, bytes });
  return { ...checked, said: { ...checked.said, submitted } };
}

/** Whether two servers say the same wherever both say something. */
function hasSame(one, other) {
  return Object.keys(one).every((key) => !(key in other) || isDeepStrictEqual(one[key], other[key]));
}

async function measureRounds(bench) {
  const { servers, options } = bench;
  const rows = createRows();
  for (const server of servers) await warmUp({ ...bench, server });
  for (let round = 0; round < options.rounds; round += 1) {
    for (const [kind, n] of [...JOBS.map((job) => ['full', job]), ['single', USUAL_SIZE]]) {
      for (const server of rotated(servers, round).filter(({ expected }) => expected.has(n))) {
        rows.add({ server: server.id, load: kind, n }, await measureTurn({ ...bench, server, kind, n }));
      }
    }
  }
  return rows.list();
}

async function warmUp({ server, load, options, ...bench }) {
  for (const n of server.expected.keys()) {
    for (let sent = 0; sent < options.databaseWarmUp; ) {
      const job = await jobOf({ ...bench, server, options, n });
      await load.ask(job);
      sent += job.count;
    }
  }
}

/** Twice as many requests come directly beforehand: while others had their turns, caches and heap forgot this server. */
async function measureTurn({ server, kind, n, load, database, options, ...bench }) {
  const nextJob = async () => ({
    ...(await jobOf({ ...bench, server, options, n })),
    ...(kind === 'single' && { atOnce: 1 }),
  });
  await load.ask(await nextJob());
  await load.ask(await nextJob());
  return measureJob({ server, load, database, job: await nextJob() });
}

/** Returns the requests of one kind to one server, as the load process takes them. */
async function jobOf({ server, n, issue, reportId, drafts, options }) {
  const job = { address: server.address, expected: server.expected.get(n) };
  if (n === 'submit') {
    await drafts.reset();
    return { ...job, bodies: drafts.ids.map(submitBody), tokens: [authorToken(issue)], count: drafts.ids.length };
  }
  const body = n === 'report' ? reportBody(reportId, server) : pageBody(n, server);
  return { ...job, bodies: [body], tokens: [auditorToken(issue)], count: options.databaseRequests };
}
