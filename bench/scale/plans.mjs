import { randomUUID } from 'node:crypto';
import { findPersona } from '../../dist/expenses/sample-data/personas.js';
import pg from '../../node_modules/pg/lib/index.js';
import { request, tenantId, tokenOf } from '../database/reports.mjs';
import { MEASURED_CORE, startChildProcess } from '../harness/child-process.mjs';
import { createSubscribers } from '../subscribers/subscribers.mjs';
import { bodyOf, OPERATIONS, PLANNED, tokenFor } from './operations.mjs';

const SUBSCRIBERS = 3;
const EVENT_FIELDS = 'id title status author { name manager { name } } items { description } auditTrail { action }';

/** Each session of a login gets notices with the plan of each statement that it ran, those of functions and triggers among them. */
const REPORTING = {
  session_preload_libraries: 'auto_explain',
  'auto_explain.log_min_duration': '0',
  'auto_explain.log_nested_statements': 'on',
  'auto_explain.log_analyze': 'on',
  'auto_explain.log_timing': 'off',
  'auto_explain.log_format': 'json',
  'auto_explain.log_level': 'notice',
};

/**
 * Asks a server of its own for each operation several times, and collects the plans that PostgreSQL used.
 *
 * @param reportId global id of a report that the auditor may see
 * @returns rows `{ what, isWhole, statements, rowsRead, scans }`. `statements` is the number of different statements, including those
 *   of functions, triggers and foreign keys. `rowsRead` is the most table rows that they read for one request. `scans` names the
 *   tables that a statement read from one end to the other
 */
export async function notePlans({ database, tenant, issue, options }, reportId) {
  const superuser = new pg.Client({ connectionString: database.superuserUrl });
  await superuser.connect();
  const login = pg.escapeIdentifier(new URL(database.url).username);
  let server;
  try {
    for (const [name, value] of Object.entries(REPORTING)) {
      await superuser.query(`alter role ${login} set ${name} = '${value}'`);
    }
    server = await startChildProcess({
      file: 'scale/server-process.mjs',
      parameters: { settings: tenant.settings, environment: { DATABASE_URL: database.url } },
      core: MEASURED_CORE,
    });
    return await plansOfAll({ server, superuser, issue, reportId, times: options.scale.planTimes });
  } finally {
    await server?.stop();
    for (const name of Object.keys(REPORTING)) await superuser.query(`alter role ${login} reset ${name}`);
    await superuser.end();
  }
}

async function plansOfAll({ server, superuser, issue, reportId, times }) {
  const { address } = server.ready;
  const found = new Map();
  const takePlans = async () => (await server.ask('plans')).plans.flatMap(parsePlan);
  const note = async ({ what, isWhole = false }, requests = 1) => {
    const plans = await takePlans();
    const { statements = new Set(), scans = new Set(), rowsRead = 0 } = found.get(what) ?? {};
    for (const plan of plans) statements.add(plan.text);
    for (const table of plans.flatMap((plan) => plan.scans)) scans.add(table);
    const rows = plans.reduce((sum, plan) => sum + plan.rowsRead, 0) / requests;
    found.set(what, { isWhole, statements, scans, rowsRead: Math.max(rowsRead, rows) });
  };

  await takePlans();
  for (let time = 0; time < times; time += 1) {
    const place = { reportId, key: randomUUID() };
    for (const operation of [...OPERATIONS, ...PLANNED]) {
      const { body } = await request(address, bodyOf(operation, place), tokenFor(operation, issue));
      if (!body.data || body.errors) throw new Error(`${operation.what}: ${JSON.stringify(body).slice(0, 300)}`);
      await note(operation);
      if (operation.makes) place[operation.makes] = Object.values(body.data)[0].expenseReport.id;
    }
  }

  const subscribers = createSubscribers({
    url: address.replace(/^http/, 'ws'),
    sockets: SUBSCRIBERS,
    tokens: Array.from({ length: SUBSCRIBERS }, () =>
      tokenOf(issue, { ...findPersona('ada'), objectId: randomUUID() }),
    ),
    tenantId,
    fields: EVENT_FIELDS,
    query: (text, values) => superuser.query(text, values),
  });
  await subscribers.open();
  await takePlans();
  const { events } = await subscribers.change(times, 1);
  if (events < times * SUBSCRIBERS) throw new Error(`only ${events} events came: ${subscribers.why()}`);
  await note({ what: `an event for ${SUBSCRIBERS} callers` }, times);

  await server.ask('clean up');
  await note({ what: 'every hour: what is outdated' });

  return [...found].map(([what, { isWhole, statements, scans, rowsRead }]) => ({
    what,
    isWhole,
    statements: statements.size,
    rowsRead: Math.round(rowsRead),
    scans: [...scans],
  }));
}

/** A notice is `duration: … plan:` and the plan in the lines that follow. Other notices are left out. */
function parsePlan(notice) {
  if (!notice.startsWith('duration: ')) return [];
  const { 'Query Text': text, Plan: plan } = JSON.parse(notice.slice(notice.indexOf('\n')));
  const scans = nodesOf(plan).filter((node) => node['Node Type'].endsWith('Scan') && node['Relation Name']);
  return [
    {
      text,
      rowsRead: scans.reduce((sum, node) => sum + rowsOf(node), 0),
      scans: scans.filter((node) => node['Node Type'] === 'Seq Scan').map((node) => node['Relation Name']),
    },
  ];
}

function nodesOf(plan) {
  return [plan, ...(plan.Plans ?? []).flatMap(nodesOf)];
}

/** Rows are counted as an average of the loops. */
function rowsOf(node) {
  const { 'Actual Rows': kept, 'Actual Loops': loops } = node;
  return (kept + (node['Rows Removed by Filter'] ?? 0) + (node['Rows Removed by Index Recheck'] ?? 0)) * loops;
}
