import { median } from '../statistics.mjs';

/**
 * The rows of growth as lines: one for each thing measured, a point for each size, in microseconds.
 *
 * @param {{ what: string, by: string, size: number, cpu: number[] }[]} growth
 */
export function linesOf(growth) {
  const lines = new Map();
  for (const { what, by, size, cpu } of growth) {
    const line = lines.get(`${what} ${by}`) ?? { what, by, points: [] };
    lines.set(`${what} ${by}`, line);
    line.points.push({ size, cpu: median(cpu) });
  }
  return [...lines.values()];
}
