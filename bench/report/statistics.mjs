/** @param {readonly number[]} values at least one */
export function median(values) {
  const sorted = values.toSorted((one, other) => one - other);
  const middle = sorted.length / 2;
  return (sorted[Math.floor(middle)] + sorted[Math.ceil(middle) - 1]) / 2;
}

/**
 * Median, lowest and highest of values.
 *
 * @param {readonly number[]} values
 */
export function summarize(values) {
  return { median: median(values), lowest: Math.min(...values), highest: Math.max(...values) };
}

/**
 * How many times dearer `other` is than `one`, compared round by round: what disturbed a round disturbed both.
 *
 * @param {readonly number[]} one
 * @param {readonly number[]} other measured in the same rounds
 */
export function pairedRatio(one, other) {
  return summarize(one.map((value, round) => other[round] / value));
}

/** A median with the lowest and the highest in brackets. */
export function withSpread(summary, format) {
  if (!summary) return '–';
  return `${format(summary.median)} (${format(summary.lowest)}–${format(summary.highest)})`;
}
