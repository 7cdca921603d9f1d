import { BASELINE, CONTENDERS, OURS } from '../../contenders.mjs';
import { WORKLOADS } from '../../workload/workloads.mjs';
import { decimal, verdict, whole } from '../figures.mjs';
import { DENIED_GOALS, GOALS, REFUSAL_GOALS } from '../goals.mjs';
import { median, pairedRatio, withSpread } from '../statistics.mjs';
import { BAD_TOKENS } from './token-tables.mjs';

/** The tables of whole requests, by workload. */
export function requestTables(run) {
  return run.options.workloads.flatMap((workload) => [ratioTable(run, workload), absoluteTable(run, workload)]);
}

/** By how many times others cost what ours costs, beside what is aimed at, for one workload. */
export function goalsTable(run, workload) {
  const { sizes } = run.options;
  const rows = GOALS.filter((goal) => goal.workload === workload).map(({ other, ours, atLeast }) => [
    `(${other}) ÷ (${ours})`,
    ...sizes.map((n) => {
      const ratio = ratioOf(run, { workload, n, one: ours, other });
      if (!ratio) return '–';
      return `${decimal(ratio.median)} (goal ${atLeast[n]}${verdict(ratio.median >= atLeast[n])})`;
    }),
  ]);
  return {
    title: `Goals: CPU time of the other ÷ ours, ${WORKLOADS[workload]}`,
    head: ['', ...sizes.map(itemsHead)],
    rows,
  };
}

/** Within a round, so that a slow machine does not matter. */
export function deniedTable(run) {
  const rows = DENIED_GOALS.map(({ one, atMost }) => [
    `(${one})`,
    ...run.options.sizes.map((n) => {
      const [granted, denied] = ['one', 'denied'].map((workload) => findRow(run, { workload, n, contender: one }));
      if (!granted || !denied) return '–';
      const { median: ratio } = pairedRatio(granted.cpu, denied.cpu);
      return `${decimal(ratio)} (goal ${atMost[n]}${verdict(ratio <= atMost[n])})`;
    }),
  ]);
  return {
    title: 'A caller who may not see two of the ten fields: CPU time ÷ that of a caller who may',
    head: ['', ...run.options.sizes.map(itemsHead)],
    rows,
  };
}

/** Compares the same server with and without bounds, beside the baseline. */
export function boundsTable(run) {
  const { sizes, workloads } = run.options;
  const rows = workloads.flatMap((workload) =>
    sizes.map((n) => [
      WORKLOADS[workload],
      itemsHead(n),
      ...['a', 'u', 'g'].map((contender) => microseconds(findRow(run, { workload, n, contender }))),
      withSpread(ratioOf(run, { workload, n, one: 'u', other: 'g' }), decimal),
    ]),
  );
  return {
    title: 'What the bounds cost: µs of CPU time for each request',
    head: ['', '', '(a) baseline', '(u) without bounds', '(g) as it comes', '(g) ÷ (u): median (lowest–highest)'],
    rows,
  };
}

function microseconds(row) {
  return row ? whole(median(row.cpu)) : '–';
}

function ratioTable(run, workload) {
  const { sizes } = run.options;
  const rows = measured(run).map(({ id, name }) => [
    `(${id}) ${name}`,
    ...sizes.map((n) => withSpread(ratioOf(run, { workload, n, one: id, other: BASELINE }), decimal)),
  ]);
  return {
    title: `Times as cheap as (${BASELINE}), ${WORKLOADS[workload]}: median of ratios within a round (lowest–highest)`,
    head: ['', ...sizes.map(itemsHead)],
    rows,
  };
}

function absoluteTable(run, workload) {
  const { sizes } = run.options;
  const rows = measured(run).map(({ id, name }) => [
    `(${id}) ${name}`,
    ...sizes.map((n) => {
      const row = findRow(run, { workload, n, contender: id });
      return `${whole(median(row.cpu))} · ${whole(median(row.rate))}`;
    }),
  ]);
  return {
    title: `CPU time of the server for each request in µs · requests a second, ${WORKLOADS[workload]}`,
    head: ['', ...sizes.map(itemsHead)],
    rows,
  };
}

export function refusalTable(run) {
  const { othersToForged, forgedToAnswered } = REFUSAL_GOALS;
  const rows = CONTENDERS.filter(({ id }) => run.refusals.some(({ contender }) => contender === id)).map(
    ({ id, name }) => {
      const cpu = (kind) => median(run.refusals.find((one) => one.contender === id && one.kind === kind).cpu);
      // The goals are ours.
      const judged = (ratio, atMost) => `${decimal(ratio)}${verdict(ratio <= atMost || !OURS.includes(id))}`;
      const others = Object.keys(BAD_TOKENS).filter((kind) => kind !== 'forged');
      return [
        `(${id}) ${name}`,
        ...[...others, 'forged', 'answered'].map((kind) => whole(cpu(kind))),
        judged(Math.max(...others.map(cpu)) / cpu('forged'), othersToForged),
        judged(cpu('forged') / cpu('answered'), forgedToAnswered),
      ];
    },
  );
  return {
    title: 'Refusing a request: CPU time of the server in µs, beside an answered one for one item',
    head: [
      '',
      ...Object.values(BAD_TOKENS),
      'answered',
      `dearest other ÷ forged (goal ${othersToForged})`,
      `forged ÷ answered (goal ${forgedToAnswered})`,
    ],
    rows,
  };
}

export function memoryTable(run) {
  const rows = measured(run).map(({ id, name }) => {
    const { startMs, idleMegabytes, megabytes } = run.memory.find(({ contender }) => contender === id);
    return [`(${id}) ${name}`, ...[startMs, idleMegabytes, megabytes].map(whole)];
  });
  return {
    title: 'A server process: milliseconds from its start to listening; resident memory in MB',
    head: ['', 'start, ms', 'when listening, MB', 'after all of that, MB'],
    rows,
  };
}

/** Contenders that took part. */
function measured({ requests }) {
  return CONTENDERS.filter(({ id }) => requests.some(({ contender }) => contender === id));
}

function findRow({ requests }, { workload, n, contender }) {
  return requests.find((row) => row.workload === workload && row.n === n && row.contender === contender);
}

/**
 * By how many times the CPU time of contender `other` exceeds that of `one`; undefined unless both took part.
 */
export function ratioOf(run, { workload, n, one, other }) {
  const [oneRow, otherRow] = [one, other].map((contender) => findRow(run, { workload, n, contender }));
  return oneRow && otherRow && pairedRatio(oneRow.cpu, otherRow.cpu);
}

function itemsHead(n) {
  return n === 1 ? '1 item' : `${n} items`;
}
