import { decimal, verdict, whole } from '../figures.mjs';
import { SCALE_GOALS } from '../goals.mjs';
import { median, pairedRatio } from '../statistics.mjs';

/** The tables of several processes, many subscriptions, many callers, and many rows. Runs before these were measured lack some. */
export function scaleTables({ processes, subscriptions, callers, rows, plans }) {
  return [
    ...(processes ? [processTable(processes)] : []),
    subscriptionTable(subscriptions),
    ...(callers ? [callerTable(callers)] : []),
    rowTable(rows),
    ...(plans ? [planTable(plans)] : []),
  ];
}

function processTable(processes) {
  const [one] = processes;
  return {
    title: `Processes behind HAProxy over one PostgreSQL, a page of 20 reports: µs of CPU time for each request (goal: at most ${SCALE_GOALS.processes} times that of one process)`,
    head: [
      'processes',
      'all servers',
      '÷ that of one',
      'PostgreSQL',
      'HAProxy',
      'requests a second',
      'memory of a process, MB',
      'connections to PostgreSQL',
    ],
    rows: processes.map((row) => {
      const { median: ratio } = pairedRatio(one.cpu, row.cpu);
      return [
        String(row.processes),
        whole(median(row.cpu)),
        `${decimal(ratio)}${verdict(ratio <= SCALE_GOALS.processes)}`,
        ...[row.postgresCpu, row.balancerCpu, row.rate, row.megabytes, row.connections].map(cell),
      ];
    }),
  };
}

function subscriptionTable(subscriptions) {
  return {
    title: 'Many subscriptions of one process, while reports change that all of them see',
    head: ['', ''],
    rows: Object.entries(subscriptions).map(([what, value]) => [what, value === null ? '–' : decimal(value)]),
  };
}

function callerTable({ callers, before, after }) {
  const row = (what, name) => [
    what,
    ...[before, after].map((memory) => whole(memory[name] / 1e6)),
    whole((after[name] - before[name]) / callers),
  ];
  return {
    title: `Callers: memory of one process before and after ${whole(callers)} of them have asked for a page of 20`,
    head: ['', 'before, MB', 'after, MB', 'bytes for each caller'],
    rows: [row('resident', 'residentBytes'), row('heap and external memory', 'heapBytes')],
  };
}

/** Rows are counted, so the figures do not depend on the machine. */
function planTable(plans) {
  const sizes = [...new Set(plans.map(({ reports }) => reports))];
  const last = plans.filter(({ reports }) => reports === sizes.at(-1));
  return {
    title: 'Plans of all statements: rows that they read for a request, by reports of the tenant',
    head: ['', 'statements', ...sizes.map(whole), `read from end to end at ${whole(sizes.at(-1))}`],
    rows: last.map(({ what, isWhole, statements, scans }) => [
      what,
      String(statements),
      ...sizes.map((size) => whole(plans.find((plan) => plan.what === what && plan.reports === size).rowsRead)),
      `${scans.join(', ') || 'nothing'}${isWhole ? ', counts most' : ''}`,
    ]),
  };
}

/** Each operation with the fewest and with the most reports. */
function rowTable(rows) {
  const sizes = [...new Set(rows.map(({ reports }) => reports))];
  const costs = ({ cpu, postgresCpu = [] }) => cpu.map((value, round) => value + (postgresCpu[round] ?? 0));
  return {
    title: `Many rows: µs of CPU time of server and PostgreSQL for each request, by reports of the tenant (goal: at most ${SCALE_GOALS.rows} times as much)`,
    head: ['', ...sizes.map(whole), 'times', `read from end to end at ${whole(sizes.at(-1))}`],
    rows: rows
      .filter(({ reports }) => reports === sizes[0])
      .map(({ what, isWhole }) => {
        const all = sizes.map((reports) => rows.find((row) => row.what === what && row.reports === reports));
        const { median: ratio } = pairedRatio(costs(all[0]), costs(all.at(-1)));
        const remark = isWhole ? ', counts each' : verdict(ratio <= SCALE_GOALS.rows);
        return [
          what,
          ...all.map((row) => whole(median(costs(row)))),
          `${decimal(ratio)}${remark}`,
          all.at(-1).scans.join(', ') || 'nothing',
        ];
      }),
  };
}

function cell(values) {
  return values ? whole(median(values)) : '–';
}
