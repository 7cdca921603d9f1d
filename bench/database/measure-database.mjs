import { isDeepStrictEqual } from 'node:util';
import { LOAD_CORE, MEASURED_CORE, startChildProcess } from '../harness/child-process.mjs';
import { findNode } from '../harness/find-node.mjs';
import { createRows, rotated } from '../harness/rounds.mjs';
import { median } from '../report/statistics.mjs';
import { createTokenIssuer } from '../workload/access-tokens.mjs';
import { startTenant } from '../workload/tenant.mjs';
import { DATABASE_CONTENDERS } from './contenders.mjs';
import { measureStart } from './measure-start.mjs';
import { openDatabase } from './open-database.mjs';
import { cpuBetween } from './process-cpu.mjs';
import { auditorToken, checkReports, requestBody, SIZES, tenantId, USUAL_SIZE } from './reports.mjs';

/**
 * Measures the sample's list query of expense reports with their authors, over PostgreSQL: many requests at a time (`full`)
 * and one at a time (`single`); then what is sent to PostgreSQL for it, and how long `npm start` takes.
 *
 * @returns `{ postgres, rows, statements, start }`: rows `{ server, load, n, cpu, postgresCpu?, rate }` by round, CPU times
 *   in microseconds a request; of `statements` and `start` see {@link noteStatements} and `measure-start.mjs`
 */
export async function measureDatabase({ options, only = [], problems = [] }) {
  const database = await openDatabase();
  const tenant = await startTenant(tenantId);
  const stops = [async () => tenant.close()];
  try {
    const token = auditorToken(createTokenIssuer(tenant));
    const load = await startChildProcess({ file: 'harness/load-process.mjs', core: LOAD_CORE });
    stops.unshift(load.stop);
    // The same for all: what a promise costs differs much between versions.
    const node = options.databaseNode ? findNode(options.databaseNode) : process.execPath;
    const servers = [];
    for (const contender of chosen({ only, database, options })) {
      try {
        const server = await startContender({ contender, tenant, database, node });
        stops.unshift(server.stop);
        const { expected, rows } = await checkReports(server.address, createTokenIssuer(tenant), contender);
        if (servers[0] && !isDeepStrictEqual(rows, servers[0].rows)) throw new Error('it answers with other rows');
        servers.push({ ...contender, ...server, expected, rows });
      } catch (error) {
        problems.push(`(${contender.id}) ${contender.name}: ${error.message}`);
      }
    }
    const rows = await measureRounds({ servers, load, database, token, options });
    const statements = await noteStatements({ tenant, database, token, options });
    const start = await measureStart({ tenant, database, options });
    return { postgres: database.version, rows, statements, start };
  } finally {
    for (const stop of stops) await stop();
    await database.close();
  }
}

/** A short run, and a run with a given database, leave out what needs another Node or another database. */
function chosen({ only, database, options }) {
  const major = options.databaseNode ?? Number(process.versions.node.split('.', 1)[0]);
  return DATABASE_CONTENDERS.filter(
    ({ id, node = 0, database: login }) =>
      (only.length === 0 || only.includes(id)) && node <= major && (login !== 'superuser' || database.superuserUrl),
  );
}

async function startContender({ contender: { file, environment, database: login }, tenant, database, node }) {
  const url = login === 'superuser' ? database.superuserUrl : database.url;
  const child = await startChildProcess({
    file: 'harness/contender-process.mjs',
    parameters: {
      file: `../database/${file}`,
      settings: tenant.settings,
      environment: { DATABASE_URL: url, ...environment },
    },
    core: MEASURED_CORE,
    node,
  });
  return { ...child, address: child.ready.address };
}

async function measureRounds({ servers, load, database, token, options }) {
  const { rounds, warmUpRounds, databaseRequests: count } = options;
  const rows = createRows();
  for (let round = -warmUpRounds.database; round < rounds; round += 1) {
    for (const [kind, n] of [...SIZES.map((size) => ['full', size]), ['single', USUAL_SIZE]]) {
      for (const server of rotated(servers, round)) {
        const job = {
          address: server.address,
          bodies: [requestBody(n, server)],
          tokens: [token],
          expected: server.expected.get(n),
          ...(kind === 'single' && { atOnce: 1 }),
        };
        await load.ask({ ...job, count: Math.ceil(count / 10) });
        const figures = await measureJob({ server, load, database, job: { ...job, count } });
        if (round >= 0) rows.add({ server: server.id, load: kind, n }, figures);
      }
    }
  }
  return rows.list();
}

async function measureJob({ server, load, database, job }) {
  const before = { server: await server.ask('usage'), postgres: database.readCpu?.() };
  const { seconds } = await load.ask(job);
  const after = { server: await server.ask('usage'), postgres: database.readCpu?.() };
  return {
    cpu: (after.server.cpuMicroseconds - before.server.cpuMicroseconds) / job.count,
    ...(before.postgres && { postgresCpu: cpuBetween(before.postgres, after.postgres) / job.count }),
    rate: job.count / seconds,
  };
}

/**
 * Returns the statements that the server sends to PostgreSQL for one request, by number of reports.
 *
 * @returns rows `{ n, roundTrips, statements: { text, microseconds }[] }`: the median of the requests that were looked at
 */
async function noteStatements({ tenant, database, token, options }) {
  const noting = await startChildProcess({
    file: 'database/statement-process.mjs',
    parameters: { settings: tenant.settings, environment: { DATABASE_URL: database.url } },
    core: MEASURED_CORE,
  });
  try {
    const rows = [];
    for (const n of SIZES) {
      const requests = [];
      for (let time = 0; time < options.databaseRequests; time += 1) {
        requests.push(await noting.ask({ body: requestBody(n), token }));
      }
      rows.push({ n, ...combine(n, requests) });
    }
    return rows;
  } finally {
    await noting.stop();
  }
}

/** @throws Error when two requests for the same did not send the same */
function combine(n, requests) {
  const [{ roundTrips, statements }] = requests;
  const shapeOf = (request) => JSON.stringify([request.roundTrips, request.statements.map(({ text }) => text)]);
  const shape = shapeOf(requests[0]);
  const other = requests.find((request) => shapeOf(request) !== shape);
  if (other) throw new Error(`a request for ${n} reports sent ${shape}, another one ${shapeOf(other)}`);
  return {
    roundTrips,
    statements: statements.map(({ text }, index) => ({
      text,
      microseconds: median(requests.map((request) => request.statements[index].microseconds)),
    })),
  };
}
