import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import pg from '../../node_modules/pg/lib/index.js';
import { WebSocket } from '../../node_modules/ws/wrapper.mjs';
import { openDatabase } from '../database/open-database.mjs';
import { cpuBetween, cpuMillisecondsOf, residentBytes } from '../database/process-cpu.mjs';
import { freePort } from '../harness/free-port.mjs';
import { createTokenIssuer } from '../workload/access-tokens.mjs';
import { startTenant } from '../workload/tenant.mjs';

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
    fields: { type: 'string', default: 'id status title author { name }' },
  },
});
const [sockets, callers, rate, seconds, seeing] = ['sockets', 'callers', 'rate', 'seconds', 'seeing'].map((name) =>
  Number(values[name]),
);

const MAIN = values.server ?? fileURLToPath(new URL('../../dist/main.js', import.meta.url));
const CONTOSO = 'c0170500-0000-4000-8000-000000000001';
/** The last changes have this long to arrive. */
const LAST_MS = 60_000;

const tenant = await startTenant(CONTOSO);
const database = await openDatabase();
const superuser = new pg.Client({ connectionString: database.superuserUrl });
await superuser.connect();
const server = await startServer();
const startBytes = residentBytes(server.child.pid);
try {
  const told = await openSubscribers();
  await report(await makeChanges(told));
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
      // As in `harness/start-server.mjs`.
      LIMIT_EVENT_LOOP_DELAY_MS: '60000',
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

/** Subscribes on every socket. Returns what counts the events, by title. */
async function openSubscribers() {
  const issue = createTokenIssuer(tenant);
  const tokens = Array.from({ length: callers }, (_, index) => {
    const roles = index * 100 < seeing * callers ? ['Expenses.Auditor'] : [];
    return issue(index, { claims: { oid: randomUUID(), scp: 'Expenses.Read', roles } });
  });
  const told = { byTitle: new Map(), lost: 0, failed: 0 };
  for (let first = 0; first < sockets; first += 50) {
    const count = Math.min(50, sockets - first);
    await Promise.all(Array.from({ length: count }, (_, index) => subscribe(tokens[(first + index) % callers], told)));
  }
  // A subscription has no acknowledgement, so one change is made again until all have seen it.
  const expected = sockets * (seeing / 100);
  for (let attempt = 0; ; attempt += 1) {
    const title = `opened ${attempt}`;
    await change(0, title);
    for (let waited = 0; waited < 600 && (told.byTitle.get(title)?.count ?? 0) < expected; waited += 1)
      await delay(100);
    if (told.byTitle.get(title)?.count >= expected) return told;
    if (attempt === 10) throw new Error(`only ${told.byTitle.get(title)?.count} of ${expected} are subscribed`);
  }
}

async function subscribe(token, told) {
  const socket = new WebSocket(server.url, 'graphql-transport-ws');
  await once(socket, 'open');
  socket.on('close', () => {
    told.lost += 1;
  });
  const acknowledged = new Promise((resolve) => {
    socket.on('message', (text) => {
      const { type, payload } = JSON.parse(String(text));
      if (type === 'connection_ack') resolve();
      if (type === 'ping') socket.send('{"type":"pong"}');
      if (type !== 'next') {
        if (type === 'error') throw new Error(JSON.stringify(payload));
        return;
      }
      note(payload, told);
    });
  });
  socket.send(JSON.stringify({ type: 'connection_init', payload: { authorization: `Bearer ${token}` } }));
  await acknowledged;
  const query = `subscription { expenseReportChanged { ${values.fields} } }`;
  socket.send(JSON.stringify({ id: '1', type: 'subscribe', payload: { query } }));
}

/** Counts an event, by title, or its failure. */
function note({ data, errors }, told) {
  if (errors) {
    told.failed += 1;
    return;
  }
  const { title } = data.expenseReportChanged;
  const seen = told.byTitle.get(title) ?? { count: 0 };
  told.byTitle.set(title, { count: seen.count + 1, lastAt: performance.now() });
}

/** Changes one of the drafts. */
async function change(number, title) {
  await superuser.query(
    `update expense_reports set title = $1 where id = (
       select id from expense_reports where status = 'DRAFT' and deleted_at is null and tenant_id = $2
       order by id offset $3 % (select count(*) from expense_reports
         where status = 'DRAFT' and deleted_at is null and tenant_id = $2) limit 1)`,
    [title, CONTOSO, number],
  );
}

async function makeChanges(told) {
  const expected = sockets * (seeing / 100);
  const made = [];
  const before = await readUse();
  const startedAt = performance.now();
  for (let number = 0; number < rate * seconds; number += 1) {
    await delay(startedAt + (number * 1000) / rate - performance.now());
    const title = `change ${number}`;
    made.push({ title, at: performance.now() });
    await change(number, title);
  }
  const allTold = () => made.every(({ title }) => (told.byTitle.get(title)?.count ?? 0) >= expected);
  const endedAt = performance.now();
  while (!allTold() && performance.now() - endedAt < LAST_MS) await delay(50);
  const backlogMs = performance.now() - endedAt;
  const after = await readUse();
  return { made, told, expected, before, after, backlogMs, ms: performance.now() - startedAt };
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

async function report({ made, told, expected, before, after, backlogMs, ms }) {
  const times = made
    .filter(({ title }) => (told.byTitle.get(title)?.count ?? 0) >= expected)
    .map(({ title, at }) => told.byTitle.get(title).lastAt - at)
    .sort((a, b) => a - b);
  const at = (share) => Math.round(times[Math.min(times.length - 1, Math.floor(times.length * share))] ?? Number.NaN);
  const events = made.reduce((sum, { title }) => sum + (told.byTitle.get(title)?.count ?? 0), 0);
  const postgresMs = before.postgres && cpuBetween(before.postgres, after.postgres) / 1000;
  const figures = {
    'changes made': made.length,
    'told to all': times.length,
    'subscribers told of a change': expected,
    'events received': events,
    'events that failed': told.failed,
    'sockets lost': told.lost,
    'transactions for each change': Math.round((after.transactions - before.transactions) / made.length),
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
