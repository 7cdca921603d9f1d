import { DATABASE_CONTENDERS } from '../database/contenders.mjs';
import { decimal, whole } from './figures.mjs';
import { DATABASE_GOALS, START_GOALS } from './goals.mjs';
import { median, pairedRatio, summarize } from './statistics.mjs';

/** Sent for row-level security alone. What begins a transaction goes with its first query. */
const ROW_SECURITY = /^(rollback|commit)/;

/**
 * The tables of what was measured over PostgreSQL.
 *
 * @param {Awaited<ReturnType<typeof import('../database/measure-database.mjs').measureDatabase>>} database
 */
export function databaseTables(database) {
  return [
    loadTable(database),
    ratioTable(database),
    timeTable(database),
    statementTable(database),
    countTable(database),
    startTable(database),
  ];
}

function loadTable({ postgres, rows }) {
  const full = rows.filter(({ load }) => load === 'full');
  const sizes = [...new Set(full.map(({ n }) => n))];
  return {
    title: `The sample's list of expense reports with authors, PostgreSQL ${postgres}: CPU time of the server in µs · of PostgreSQL · requests a second`,
    head: ['', ...sizes.map(reports)],
    rows: serversOf(full).map((server) => [
      nameOf(server),
      ...sizes.map((n) => {
        const { cpu, postgresCpu, rate } = full.find((row) => row.server === server && row.n === n);
        return [cpu, postgresCpu, rate].map(cell).join(' · ');
      }),
    ]),
  };
}

function ratioTable({ rows }) {
  const full = rows.filter(({ load, postgresCpu }) => load === 'full' && postgresCpu);
  const sizes = [...new Set(full.map(({ n }) => n))];
  const costs = (server, n) => {
    const row = full.find((each) => each.server === server && each.n === n);
    return row?.cpu.map((cpu, round) => cpu + row.postgresCpu[round]);
  };
  const cellOf = ({ one, other, atLeast, atMost }, n) => {
    const [ours, theirs] = [costs(one, n), costs(other, n)];
    if (!ours || !theirs) return '–';
    const ratio = pairedRatio(ours, theirs).median;
    const goal = atLeast?.[n] ?? atMost?.[n];
    if (goal === undefined) return decimal(ratio);
    const isMet = atLeast ? ratio >= goal : ratio <= goal;
    return `${decimal(ratio)} (goal ${atLeast ? '≥' : '≤'} ${goal}${isMet ? '' : ', missed'})`;
  };
  return {
    title: 'CPU time of server and PostgreSQL together, compared. (r) ÷ (s) is what row-level security costs',
    head: ['', ...sizes.map(reports)],
    rows: DATABASE_GOALS.map((goal) => [`(${goal.other}) ÷ (${goal.one})`, ...sizes.map((n) => cellOf(goal, n))]),
  };
}

function timeTable({ rows }) {
  const single = rows.filter(({ load }) => load === 'single');
  return {
    title: `Where the time of such a request goes, ${reports(single[0].n)}, one request at a time: µs`,
    head: ['', 'server', 'PostgreSQL', 'neither: kernel, network, client', 'in all'],
    rows: single.map(({ server, cpu, postgresCpu, rate }) => {
      const total = rate.map((value) => 1e6 / value);
      const rest = postgresCpu && total.map((value, round) => Math.max(value - cpu[round] - postgresCpu[round], 0));
      return [nameOf(server), ...[cpu, postgresCpu, rest, total].map(cell)];
    }),
  };
}

function statementTable({ statements, rows }) {
  const { n } = rows.find(({ load }) => load === 'single');
  const sent = statements.find((row) => row.n === n).statements;
  return {
    title: `What is sent to PostgreSQL for it, in order: µs until the server has the result`,
    head: ['', 'µs', 'sent for'],
    rows: sent.map(({ text, microseconds }) => [
      text,
      whole(microseconds),
      ROW_SECURITY.test(text) ? 'row-level security' : 'the query',
    ]),
  };
}

function countTable({ statements }) {
  const own = (row) => row.statements.filter(({ text }) => ROW_SECURITY.test(text)).length;
  return {
    title: 'Round trips to PostgreSQL for one request. The last one, the end of the transaction, is not waited for',
    head: ['', ...statements.map(({ n }) => reports(n))],
    rows: [
      ['in all', ...statements.map(({ roundTrips }) => whole(roundTrips))],
      ['for row-level security (goal: at most 2)', ...statements.map((row) => whole(own(row)))],
    ],
  };
}

function startTable({ start }) {
  const { ms, cpuMs, megabytes, idleSeconds, idleMegabytes } = start;
  const { readyMs, idleMegabytes: idleGoal } = START_GOALS;
  const after = idleSeconds > 0 ? `after ${idleSeconds} s without a request` : 'at once';
  return {
    title: `\`npm start\` with the sample and PostgreSQL, whose own memory is not counted`,
    head: ['', 'median (lowest–highest)', 'goal'],
    rows: [
      ['from its start to ready, ms', spread(ms), `≤ ${whole(readyMs)}`],
      ['CPU time of that, ms', spread(cpuMs), ''],
      ['resident memory when ready, MB', spread(megabytes), ''],
      [`resident memory ${after}, MB`, idleMegabytes ? whole(idleMegabytes) : '–', `≤ ${idleGoal}`],
    ],
  };
}

function serversOf(rows) {
  return [...new Set(rows.map(({ server }) => server))];
}

function nameOf(server) {
  return `(${server}) ${DATABASE_CONTENDERS.find(({ id }) => id === server).name}`;
}

function reports(n) {
  return n === 1 ? '1 report' : `${n} reports`;
}

function cell(values) {
  return values ? whole(median(values)) : '–';
}

function spread(values) {
  if (!values) return '–';
  const { median: middle, lowest, highest } = summarize(values);
  return `${whole(middle)} (${whole(lowest)}–${whole(highest)})`;
}
