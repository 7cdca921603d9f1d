import { DATABASE_CONTENDERS } from '../../database/contenders.mjs';
import { decimal, verdict, whole } from '../figures.mjs';
import { DATABASE_GOALS, RATE_GOALS, START_GOALS } from '../goals.mjs';
import { median, pairedRatio, summarize } from '../statistics.mjs';

/** Ends of a transaction. Its beginning is sent with its first query. */
const END = /^(rollback|commit)/;

/** Size of the usual page, whose statements have a table of their own. */
const USUAL_SIZE = 20;

const TITLES = { report: 'one report, three levels', submit: 'submitExpenseReport' };

/**
 * The tables of what was measured over PostgreSQL.
 *
 * @param {Awaited<ReturnType<typeof import('../../database/measure-database.mjs').measureDatabase>>} database
 */
export function databaseTables(database) {
  return [
    loadTable(database),
    costTable(database),
    rateTable(database),
    timeTable(database),
    ...[USUAL_SIZE, 'report', 'submit'].map((n) => statementTable(database, n)),
    countTable(database),
    startTable(database),
  ];
}

function loadTable({ postgres, rows }) {
  const full = rows.filter(({ load }) => load === 'full');
  const kinds = kindsOf(full);
  return {
    title: `The sample over PostgreSQL ${postgres}: CPU time of the server in µs · of PostgreSQL · requests a second`,
    head: ['', ...kinds.map(titleOf)],
    rows: serversOf(full).map((server) => [
      nameOf(server),
      ...kinds.map((n) => {
        const row = full.find((each) => each.server === server && each.n === n);
        return row ? [row.cpu, row.postgresCpu, row.rate].map(cell).join(' · ') : '–';
      }),
    ]),
  };
}

function costTable({ rows }) {
  const full = rows.filter(({ load, postgresCpu }) => load === 'full' && postgresCpu);
  const costs = ({ cpu, postgresCpu }) => cpu.map((value, round) => value + postgresCpu[round]);
  return {
    title: 'CPU time of server and PostgreSQL together, compared. (r) ÷ (s) is what row-level security costs',
    ...comparison(full, DATABASE_GOALS, ({ one, other }) => pairedRatio(costs(one), costs(other)).median),
  };
}

function rateTable({ rows }) {
  const full = rows.filter(({ load }) => load === 'full');
  return {
    title: 'Requests a second, compared',
    ...comparison(full, RATE_GOALS, ({ one, other }) => pairedRatio(one.rate, other.rate).median),
  };
}

/** A row for each goal, a column for each kind of request. */
function comparison(rows, goals, ratioOf) {
  const kinds = kindsOf(rows);
  const cellOf = (goal, n) => {
    const [one, other] = [goal.one, goal.other].map((id) => rows.find((row) => row.server === id && row.n === n));
    if (!one || !other) return '–';
    return beside(ratioOf({ one, other }), { atLeast: goal.atLeast?.[n], atMost: goal.atMost?.[n] });
  };
  return {
    head: ['', ...kinds.map(titleOf)],
    rows: goals.map((goal) => [`(${goal.other}) ÷ (${goal.one})`, ...kinds.map((n) => cellOf(goal, n))]),
  };
}

/** A ratio and what is aimed at. */
function beside(ratio, { atLeast, atMost }) {
  const goal = atLeast ?? atMost;
  if (goal === undefined) return decimal(ratio);
  const isMet = atLeast ? ratio >= goal : ratio <= goal;
  return `${decimal(ratio)} (goal ${atLeast ? '≥' : '≤'} ${goal}${verdict(isMet)})`;
}

function timeTable({ rows }) {
  const single = rows.filter(({ load }) => load === 'single');
  return {
    title: `Where the time of such a request goes, ${titleOf(single[0].n)}, one request at a time: µs`,
    head: ['', 'server', 'PostgreSQL', 'neither: kernel, network, client', 'in all'],
    rows: single.map(({ server, cpu, postgresCpu, rate }) => {
      const total = rate.map((value) => 1e6 / value);
      const rest = postgresCpu && total.map((value, round) => Math.max(value - cpu[round] - postgresCpu[round], 0));
      return [nameOf(server), ...[cpu, postgresCpu, rest, total].map(cell)];
    }),
  };
}

function statementTable({ statements }, n) {
  return {
    title: `What is sent to PostgreSQL for ${titleOf(n)}, in order: µs until the server has the result`,
    head: ['', 'µs', 'sent for'],
    rows: statements
      .find((row) => row.n === n)
      .statements.map(({ text, microseconds }) => [
        text,
        whole(microseconds),
        END.test(text) ? 'the end of the transaction' : 'the request',
      ]),
  };
}

function countTable({ statements }) {
  const ends = (row) => row.statements.filter(({ text }) => END.test(text)).length;
  return {
    title: 'Round trips to PostgreSQL for one request. After reading, the end of the transaction is not waited for',
    head: ['', ...statements.map(({ n }) => titleOf(n))],
    rows: [
      ['in all', ...statements.map(({ roundTrips }) => whole(roundTrips))],
      ['for the end of transactions', ...statements.map((row) => whole(ends(row)))],
    ],
  };
}

function startTable({ start }) {
  const { ms, cpuMs, megabytes, idleSeconds, idleMegabytes } = start;
  const { readyMs, idleMegabytes: idleGoal } = START_GOALS;
  const goal = (value, atMost) => `≤ ${whole(atMost)}${verdict(value === undefined || value <= atMost)}`;
  const after = idleSeconds > 0 ? `after ${idleSeconds} s without a request` : 'at once';
  return {
    title: `\`npm start\` with the sample and PostgreSQL, whose own memory is not counted`,
    head: ['', 'median (lowest–highest)', 'goal'],
    rows: [
      ['from its start to ready, ms', spread(ms), goal(median(ms), readyMs)],
      ['CPU time of that, ms', spread(cpuMs), ''],
      ['resident memory when ready, MB', spread(megabytes), ''],
      [`resident memory ${after}, MB`, idleMegabytes ? whole(idleMegabytes) : '–', goal(idleMegabytes, idleGoal)],
    ],
  };
}

function serversOf(rows) {
  return [...new Set(rows.map(({ server }) => server))];
}

function nameOf(server) {
  return `(${server}) ${DATABASE_CONTENDERS.find(({ id }) => id === server).name}`;
}

function kindsOf(rows) {
  return [...new Set(rows.map(({ n }) => n))];
}

function titleOf(n) {
  return TITLES[n] ?? `a page of ${n}`;
}

function cell(values) {
  return values ? whole(median(values)) : '–';
}

function spread(values) {
  if (!values) return '–';
  const { median: middle, lowest, highest } = summarize(values);
  return `${whole(middle)} (${whole(lowest)}–${whole(highest)})`;
}
