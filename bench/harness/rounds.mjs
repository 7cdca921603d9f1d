/**
 * Returns the list with another first item in each round, so that no contender is always first.
 *
 * @template T
 * @param {readonly T[]} list
 * @param {number} round a whole number; negative while warming up
 * @returns {T[]}
 */
export function rotated(list, round) {
  const start = ((round % list.length) + list.length) % list.length;
  return [...list.slice(start), ...list.slice(0, start)];
}

/**
 * Rows of figures: what is measured with the same key in several rounds becomes one row with lists.
 *
 * @returns {{ add(key: object, figures: Record<string, number>): void, list(): object[] }}
 */
export function createRows() {
  const rows = new Map();
  return {
    add(key, figures) {
      const name = JSON.stringify(key);
      const row = rows.get(name) ?? { ...key };
      rows.set(name, row);
      for (const [figure, value] of Object.entries(figures)) row[figure] = [...(row[figure] ?? []), value];
    },
    list: () => [...rows.values()],
  };
}
