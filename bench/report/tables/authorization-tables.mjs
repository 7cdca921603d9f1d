import { linesOf } from '../charts/growth-lines.mjs';
import { decimal, verdict, whole } from '../figures.mjs';
import { POLICY_GOAL } from '../goals.mjs';
import { median, pairedRatio, summarize, withSpread } from '../statistics.mjs';

export function growthTable({ growth }) {
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
  loadedWaiting: 'the same, where "alone" is a resolver without a policy that waits for the loader',
  storedWaiting: 'the same over a loader that reads PostgreSQL',
};

/** Returns the cost of a policy above its own work. */
export function policyTable({ policies }) {
  const rows = policies.map(({ name, more, alone }) => {
    const above = summarize(more.map((cpu, round) => cpu - alone[round]));
    return [
      POLICIES[name],
      decimal(median(more)),
      decimal(median(alone)),
      `${withSpread(above, decimal)}${verdict(above.median <= POLICY_GOAL)}`,
    ];
  });
  return {
    title: 'Policies: µs of CPU time for each item of a list',
    head: ['', 'more than without it', 'the policy alone', `above itself (goal ${POLICY_GOAL})`],
    rows,
  };
}

/** The ratios are those within a round, so that a slow machine does not matter. */
export function hostileTable({ hostile }) {
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
