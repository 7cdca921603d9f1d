import { BASELINE, CONTENDERS } from '../contenders.mjs';
import { WORKLOADS } from '../workload/workloads.mjs';
import { databaseTables } from './database-tables.mjs';
import { decimal, whole } from './figures.mjs';
import { DENIED_GOALS, FLOOD_GOALS, GOALS, POLICY_GOAL, REFUSAL_GOALS } from './goals.mjs';
import { linesOf } from './growth-lines.mjs';
import { median, pairedRatio, summarize } from './statistics.mjs';

const BAD_TOKENS = {
  malformed: 'malformed',
  none: '`none`',
  unknownKey: 'unknown kid',
  wrongAudience: 'wrong audience',
  expired: 'expired',
  forged: 'forged',
};

/**
 * The tables of a run. Cells are text; the first column names the row.
 *
 * @returns {{ title: string, head: string[], rows: string[][] }[]}
 */
export function tablesOf(results) {
  return [
    goalsTable(results),
    ...requestTables(results),
    deniedTable(results),
    refusalTable(results),
    tokenTable(results),
    tokenRefusalTable(results),
    ...(results.tokens.rows.some(({ name }) => name === 'flood') ? [floodTable(results)] : []),
    memoryTable(results),
    ...(results.growth.length > 0 ? [growthTable(results)] : []),
    ...(results.policies?.length > 0 ? [policyTable(results)] : []),
    ...(results.hostile?.length > 0 ? [hostileTable(results)] : []),
    ...(results.tokenMemory ? [tokenMemoryTable(results)] : []),
    ...(results.database ? databaseTables(results.database) : []),
  ];
}

/** The tables of whole requests, by workload. */
export function requestTables(results) {
  const { workloads = Object.keys(WORKLOADS) } = results.options;
  return workloads.flatMap((workload) => [ratioTable(results, workload), absoluteTable(results, workload)]);
}

function goalsTable(results) {
  const { sizes } = results.options;
  const rows = GOALS.map(({ other, ours, atLeast }) => [
    `(${other}) ÷ (${ours})`,
    ...sizes.map((n) => {
      const ratio = ratioOf(results, { workload: 'one', n, one: ours, other });
      if (!ratio) return '–';
      return `${decimal(ratio.median)} (goal ${atLeast[n]}${ratio.median >= atLeast[n] ? '' : ', missed'})`;
    }),
  ]);
  return { title: 'Goals: CPU time of the other ÷ ours, one caller', head: ['', ...sizes.map(itemsHead)], rows };
}

/** Within a round, so that a slow machine does not matter. */
function deniedTable(results) {
  const rows = DENIED_GOALS.map(({ one, atMost }) => [
    `(${one})`,
    ...results.options.sizes.map((n) => {
      const [granted, denied] = ['one', 'denied'].map((workload) => findRow(results, { workload, n, contender: one }));
      if (!granted || !denied) return '–';
      const { median: ratio } = pairedRatio(granted.cpu, denied.cpu);
      return `${decimal(ratio)} (goal ${atMost[n]}${ratio <= atMost[n] ? '' : ', missed'})`;
    }),
  ]);
  return {
    title: 'A caller who may not see two of the ten fields: CPU time ÷ that of a caller who may',
    head: ['', ...results.options.sizes.map(itemsHead)],
    rows,
  };
}

function ratioTable(results, workload) {
  const { sizes } = results.options;
  const rows = measured(results).map(({ id, name }) => [
    `(${id}) ${name}`,
    ...sizes.map((n) => withSpread(ratioOf(results, { workload, n, one: id, other: BASELINE }), decimal)),
  ]);
  return {
    title: `Times as cheap as (${BASELINE}), ${WORKLOADS[workload]}: median of ratios within a round (lowest–highest)`,
    head: ['', ...sizes.map(itemsHead)],
    rows,
  };
}

function absoluteTable(results, workload) {
  const { sizes } = results.options;
  const rows = measured(results).map(({ id, name }) => [
    `(${id}) ${name}`,
    ...sizes.map((n) => {
      const row = findRow(results, { workload, n, contender: id });
      return `${whole(median(row.cpu))} · ${whole(median(row.rate))}`;
    }),
  ]);
  return {
    title: `CPU time of the server for each request in µs · requests a second, ${WORKLOADS[workload]}`,
    head: ['', ...sizes.map(itemsHead)],
    rows,
  };
}

function refusalTable(results) {
  const rows = measured(results)
    .filter(({ isSecured }) => isSecured)
    .map(({ id, name }) => {
      const cpu = (kind) => median(results.refusals.find((one) => one.contender === id && one.kind === kind).cpu);
      const others = Object.keys(BAD_TOKENS).filter((kind) => kind !== 'forged');
      return [
        `(${id}) ${name}`,
        ...[...others, 'forged', 'answered'].map((kind) => whole(cpu(kind))),
        decimal(Math.max(...others.map(cpu)) / cpu('forged')),
        decimal(cpu('forged') / cpu('answered')),
      ];
    });
  const { othersToForged, forgedToAnswered } = REFUSAL_GOALS;
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

function tokenTable({ tokens }) {
  const alone = tokens.rows.find(({ name }) => name === 'crypto.verify alone');
  const rows = tokens.rows
    .filter(({ what }) => what === 'miss' || what === 'hit')
    .sort((one, other) => median(one.cpu) - median(other.cpu))
    .map(({ name, what, cpu }) => [
      name,
      what === 'hit' ? 'seen before' : 'first time',
      withSpread(summarize(cpu), decimal),
      decimal(pairedRatio(alone.cpu, cpu).median),
    ]);
  return {
    title: 'One token, outside any server: µs of CPU time',
    head: ['', 'token', 'median (lowest–highest)', 'times crypto.verify'],
    rows,
  };
}

function tokenRefusalTable({ tokens }) {
  return {
    title: 'Refusing one token, outside any server: µs of CPU time',
    head: ['', ...Object.values(BAD_TOKENS)],
    rows: ['entra-graphql', 'jsonwebtoken + jwks-rsa'].map((name) => [name, ...badTokenCells(tokens, name)]),
  };
}

function floodTable({ tokens }) {
  return {
    title: 'A flood of one bad token, outside any server: µs of CPU time each time',
    head: ['', ...Object.values(BAD_TOKENS)],
    rows: [
      ['goal', ...Object.keys(BAD_TOKENS).map((kind) => String(FLOOD_GOALS[kind]))],
      ['the checks', ...badTokenCells(tokens, 'flood, checks alone')],
      ['with reading the Authorization header', ...badTokenCells(tokens, 'flood')],
    ],
  };
}

function badTokenCells({ rows }, name) {
  return Object.keys(BAD_TOKENS).map((kind) => {
    const row = rows.find((one) => one.name === name && one.what === kind);
    return row ? decimal(median(row.cpu)) : '–';
  });
}

function memoryTable(results) {
  const rows = measured(results).map(({ id, name }) => {
    const { startMs, idleMegabytes, megabytes } = results.memory.find(({ contender }) => contender === id);
    return [`(${id}) ${name}`, ...[startMs, idleMegabytes, megabytes].map(whole)];
  });
  return {
    title: 'A server process: milliseconds from its start to listening; resident memory in MB',
    head: ['', 'start, ms', 'when listening, MB', 'after all of that, MB'],
    rows,
  };
}

function growthTable({ growth }) {
  const sizes = [...new Set(growth.map(({ size }) => size))].sort((one, other) => one - other);
  return {
    title: 'Growth of authorization: µs of CPU time by size',
    head: ['', ...sizes.map(whole)],
    rows: linesOf(growth).map(({ what, by, points }) => [
      `${what}, by ${by}`,
      ...sizes.map((size) => {
        const point = points.find((one) => one.size === size);
        return point ? decimal(point.cpu) : '–';
      }),
    ]),
  };
}

const POLICIES = {
  same: 'the same for the whole list',
  each: 'one for each item',
  loaded: 'one for each item, through a loader',
};

/** Returns the cost of a policy above its own work. */
function policyTable({ policies }) {
  const rows = policies.map(({ name, more, alone }) => {
    const above = summarize(more.map((cpu, round) => cpu - alone[round]));
    return [POLICIES[name], decimal(median(more)), decimal(median(alone)), withSpread(above, decimal)];
  });
  return {
    title: 'Policies: µs of CPU time for each item of a list',
    head: ['', 'more than without it', 'the policy alone', `above itself (goal ${POLICY_GOAL})`],
    rows,
  };
}

/** The ratios are those within a round, so that a slow machine does not matter. */
function hostileTable({ hostile }) {
  const kinds = [...new Set(hostile.map(({ what }) => what))];
  const sizes = [...new Set(hostile.map(({ size }) => size))].sort((one, other) => one - other);
  return {
    title: 'Hostile operations: CPU time of each size ÷ that of the size before, where twice is in proportion',
    head: ['', `${whole(sizes[0])}, µs`, ...sizes.slice(1).map(whole)],
    rows: kinds.map((what) => {
      const cpuOf = (size) => hostile.find((row) => row.what === what && row.size === size).cpu;
      const ratios = sizes.slice(1).map((size, index) => pairedRatio(cpuOf(sizes[index]), cpuOf(size)));
      return [what, decimal(median(cpuOf(sizes[0]))), ...ratios.map((ratio) => withSpread(ratio, decimal))];
    }),
  };
}

function tokenMemoryTable({ tokenMemory: { cacheSize, bytesOfEntry, residentMegabytes } }) {
  const { empty, full, after } = residentMegabytes;
  return {
    title: `Memory of ${whole(cacheSize)} verified tokens`,
    head: ['', 'bytes a token', 'resident, empty, MB', 'full, MB', `after ${whole(10 * cacheSize)} tokens, MB`],
    rows: [['entra-graphql', ...[bytesOfEntry, empty, full, after].map(whole)]],
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
export function ratioOf(results, { workload, n, one, other }) {
  const [oneRow, otherRow] = [one, other].map((contender) => findRow(results, { workload, n, contender }));
  return oneRow && otherRow && pairedRatio(oneRow.cpu, otherRow.cpu);
}

function itemsHead(n) {
  return n === 1 ? '1 item' : `${n} items`;
}

function withSpread(summary, format) {
  if (!summary) return '–';
  return `${format(summary.median)} (${format(summary.lowest)}–${format(summary.highest)})`;
}
