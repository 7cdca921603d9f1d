import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from '../../node_modules/pg/lib/index.js';
import { cpuBetween, cpuMillisecondsOf, residentBytes } from '../database/process-cpu.mjs';
import { auditorToken, pageBody, request, USUAL_SIZE } from '../database/reports.mjs';
import { freePort } from '../harness/free-port.mjs';
import { createRows } from '../harness/rounds.mjs';
import { NO_SHEDDING } from '../harness/start-server.mjs';
import { startBalancer } from '../replicas/balancer.mjs';
import { createReplica } from '../replicas/replica.mjs';

/**
 * Measures a page of reports from several processes behind a balancer, all over one PostgreSQL.
 *
 * @returns rows `{ processes, cpu, balancerCpu, postgresCpu?, rate, megabytes, connections }` by round: microseconds of CPU time
 *   for each request, of all servers together; resident memory of one of them; connections to PostgreSQL of all
 */
export async function measureProcesses(bench) {
  const { options } = bench;
  const rows = createRows();
  for (let round = 0; round < options.rounds; round += 1) {
    for (const processes of options.scale.processes) {
      rows.add({ processes }, await measureSome(processes, bench));
    }
  }
  return rows.list();
}

async function measureSome(count, { database, tenant, issue, load, options }) {
  const folder = await mkdtemp(join(tmpdir(), 'entra-graphql-scale-'));
  const replicas = [];
  for (let index = 0; index < count; index += 1) {
    replicas.push(createReplica(await freePort(), environmentOf(tenant.settings, database.url)));
  }
  let balancer;
  try {
    await Promise.all(replicas.map((replica) => replica.start()));
    balancer = await startBalancer(
      folder,
      replicas.map(({ port }) => port),
    );
    const address = `${balancer.url}/graphql`;
    const [body, token] = [pageBody(USUAL_SIZE), auditorToken(issue)];
    const { status, bytes } = await request(address, body, token);
    const job = { address, bodies: [body], tokens: [token], expected: { status, bytes } };
    const requests = options.scale.requests;
    await load.ask({ ...job, count: count * options.databaseWarmUp });
    const pids = replicas.map((replica) => replica.pid());
    const before = use(pids, balancer.pid, database);
    const { seconds } = await load.ask({ ...job, count: requests });
    const after = use(pids, balancer.pid, database);
    return {
      cpu: ((after.servers - before.servers) * 1000) / requests,
      balancerCpu: ((after.balancer - before.balancer) * 1000) / requests,
      ...(after.postgres && { postgresCpu: cpuBetween(before.postgres, after.postgres) / requests }),
      rate: requests / seconds,
      megabytes: residentBytes(pids[0]) / 1e6,
      connections: await countConnections(database),
    };
  } finally {
    await balancer?.stop();
    for (const replica of replicas) await replica.end('SIGKILL');
    await rm(folder, { recursive: true, force: true });
  }
}

/** CPU time so far: milliseconds of servers and balancer, microseconds of PostgreSQL by process. */
function use(pids, balancer, database) {
  return {
    servers: pids.reduce((sum, pid) => sum + cpuMillisecondsOf(pid), 0),
    balancer: cpuMillisecondsOf(balancer),
    postgres: database.readCpu?.(),
  };
}

async function countConnections({ superuserUrl, url }) {
  const client = new pg.Client({ connectionString: superuserUrl });
  await client.connect();
  try {
    const { rows } = await client.query('select count(*)::int as count from pg_stat_activity where usename = $1', [
      new URL(url).username,
    ]);
    return rows[0].count;
  } finally {
    await client.end();
  }
}

function environmentOf({ instance, tenantId, clientId }, databaseUrl) {
  return {
    PATH: process.env.PATH,
    ENTRA_INSTANCE: instance,
    ENTRA_TENANT_ID: tenantId,
    ENTRA_CLIENT_ID: clientId,
    DATABASE_URL: databaseUrl,
    TRUST_PROXY: '127.0.0.1/32',
    ...NO_SHEDDING,
  };
}
