import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import pg from '../../node_modules/pg/lib/index.js';
import { openDatabase } from '../database/open-database.mjs';
import { cpuBetween, cpuMillisecondsOf, residentBytes } from '../database/process-cpu.mjs';
import { freePort } from '../harness/free-port.mjs';
import { NO_SHEDDING } from '../harness/start-server.mjs';
import { createTokenIssuer } from '../workload/access-tokens.mjs';
import { startTenant } from '../workload/tenant.mjs';
import { createSubscribers, FIELDS } from './subscribers.mjs';

/**
 * `node bench/subscribers/measure-subscribers.mjs`: many subscribers of the built server while reports change at a steady
 * rate. Each change is timed until its last subscriber has been told.
 */
const { values } = parseArgs({
  options: {
    sockets: { type: 'string', default: '1000' },
    callers: { type: 'string', default: '100' },
    rate: { type: 'string', default: '6' },
    seconds: { type: 'string', default: '20' },
    /** How many of a hundred callers may see the changes. */
    seeing: { type: 'string', default: '100' },
    /** Path of another built `main.js`, to compare two versions. */
    server: { type: 'string' },
    /** The figures as JSON and not as a table. */
    json: { type: 'boolean', default: false },
    fields: { type: 'string', default: FIELDS },
  },
});
const [sockets, callers, rate, seconds, seeing] = ['sockets', 'callers', 'rate', 'seconds', 'seeing'].map((name) =>
  Number(values[name]),
);

const MAIN = values.server ?? fileURLToPath(new URL('../../dist/main.js', import.meta.url));
const CONTOSO = 'c0170500-0000-4000-8000-000000000001';
/** Number of subscribers that get a change. */
const expected = sockets * (seeing / 100);

const tenant = await startTenant(CONTOSO);
const database = await openDatabase();
const superuser = new pg.Client({ connectionString: database.superuserUrl });
await superuser.connect();
const server = await startServer();
const startBytes = residentBytes(server.child.pid);
try {
  report(await measure());
} finally {
  server.child.kill('SIGKILL');
  await once(server.child, 'exit');
  await superuser.end();
  await database.close();
  tenant.close();
}
process.exit();

async function startServer() {
  const port = await freePort();
  const { instance, tenantId, clientId } = tenant.settings;
  const child = spawn(process.execPath, [MAIN, 'start'], {
    cwd: tmpdir(),
    stdio: ['ignore', 'ignore', 'inherit'],
    env: {
      PATH: process.env.PATH,
      ENTRA_INSTANCE: instance,
      ENTRA_TENANT_ID: tenantId,
      ENTRA_CLIENT_ID: clientId,
      DATABASE_URL: database.url,
      PORT: String(port),
      ...NO_SHEDDING,
      ...(sockets > 5000 && {
        LIMIT_VERIFIED_SOCKETS: String(sockets),
        LIMIT_CONNECTIONS: String(2 * sockets),
        LIMIT_CONNECTIONS_PER_ADDRESS: String(2 * sockets),
      }),
    },
  });
  const isReady = async () => (await fetch(`http://127.0.0.1:${port}/readyz`).catch(() => undefined))?.ok;
  while (!(await isReady())) {
    if (child.exitCode !== null) throw new Error(`the server ended with code ${child.exitCode}`);
    await delay(20);
  }
  return { child, url: `ws://127.0.0.1:${port}/graphql` };
}

/** Subscribes on every socket, makes the changes, and measures them. */
async function measure() {
  const issue = createTokenIssuer(tenant);
  const tokens = Array.from({ length: callers }, (_, index) => {
    const roles = index * 100 < seeing * callers ? ['Expenses.Auditor'] : [];
    return issue(index, { claims: { oid: randomUUID(), scp: 'Expenses.Read', roles } });
  });
  const subscribers = createSubscribers({
    url: server.url,
    sockets,
    tokens,
    tenantId: CONTOSO,
    fields: values.fields,
    seeing: expected,
    query: (text, given) => superuser.query(text, given),
  });
  await subscribers.open();
  const before = await readUse();
  const changes = await subscribers.change(rate, seconds);
  return { ...changes, told: subscribers.told, before, after: await readUse() };
}

/** Transactions of the database so far, and CPU time of server and PostgreSQL. */
async function readUse() {
  // PostgreSQL's own counts come with a second of delay.
  await delay(1500);
  const { rows } = await superuser.query(
    'select xact_commit + xact_rollback as count from pg_stat_database where datname = current_database()',
  );
  return {
    transactions: Number(rows[0].count),
    serverMs: cpuMillisecondsOf(server.child.pid),
    postgres: database.readCpu?.(),
    bytes: residentBytes(server.child.pid),
  };
}

function report({ made, times, events, told, before, after, backlogMs, ms }) {
  const at = (share) => Math.round(times[Math.min(times.length - 1, Math.floor(times.length * share))] ?? Number.NaN);
  const postgresMs = before.postgres && cpuBetween(before.postgres, after.postgres) / 1000;
  const figures = {
    'changes made': made,
    'told to all': times.length,
    'subscribers told of a change': expected,
    'events received': events,
    'events that failed': told.failed,
    'sockets lost': told.lost,
    'transactions for each change': Math.round((after.transactions - before.transactions) / made),
    'time until the last subscriber has it, median (ms)': at(0.5),
    'time until the last subscriber has it, 99 % (ms)': at(0.99),
    'backlog after the last change (ms)': Math.round(backlogMs),
    'CPU of the server for each event (µs)': Math.round(((after.serverMs - before.serverMs) * 1000) / events),
    'CPU of the server (% of a core)': Math.round((after.serverMs - before.serverMs) / (ms / 100)),
    'CPU of PostgreSQL (% of a core)': postgresMs && Math.round(postgresMs / (ms / 100)),
    'memory of the server before the first (MB)': Math.round(startBytes / 1e6),
    'memory of the server for each (kB)': Math.round((before.bytes - startBytes) / 1e3 / sockets),
  };
  if (values.json) console.log(JSON.stringify(figures));
  else console.table(figures);
}
