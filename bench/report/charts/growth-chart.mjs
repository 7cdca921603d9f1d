import { linesOf } from './growth-lines.mjs';
import { axis, pixels, svg, text } from './svg.mjs';

const PANEL = { width: 310, height: 260 };
const LEFT = 64;
const TOP = 64;
/** Between two panels. */
const GAP = 24;
/** From the end of a line to the middle of its words. */
const ABOVE = 13;
const BELOW = 14;

/**
 * Draws growth on logarithmic scales, one panel for each thing that grows. A flat line is a constant cost. A line as steep as
 * the panel's diagonal of tens is a cost that grows in proportion.
 *
 * @returns {string} SVG
 */
export function drawGrowthChart({ growth }) {
  if (growth.length === 0) return svg({ width: 400, height: 44, title: 'Growth: not measured', content: [] });
  const lines = linesOf(growth);
  const subjects = [...new Set(lines.map(({ by }) => by))];
  const points = lines.flatMap((line) => line.points);
  const place = {
    x: scaleOf(
      points.map(({ size }) => size),
      PANEL.width - GAP - 16,
    ),
    y: scaleOf(
      points.map(({ cpu }) => cpu),
      PANEL.height,
    ),
  };
  const panels = subjects.map((by, index) => {
    const left = LEFT + index * PANEL.width;
    return drawPanel({ by, left, lines: lines.filter((line) => line.by === by) }, place);
  });
  return svg({
    width: LEFT + subjects.length * PANEL.width,
    height: TOP + PANEL.height + 56,
    title: 'Growth of authorization: CPU time, both scales logarithmic',
    content: [...place.y.ticks.map((cpu) => text(8, heightOf(cpu, place), duration(cpu))), ...panels],
  });
}

function drawPanel({ by, left, lines }, place) {
  const bottom = TOP + PANEL.height;
  const right = left + PANEL.width - GAP;
  const lowest = lines.length > 1 ? lowestAtItsEnd(lines) : undefined;
  const at = ({ size, cpu }) => ({ x: left + place.x.of(size), y: heightOf(cpu, place) });
  return [
    axis({ x: left, y: bottom }, { x: right, y: bottom }),
    ...place.x.ticks.map((size) =>
      text(left + place.x.of(size), bottom + 16, size.toLocaleString('en-US'), 'text-anchor="middle"'),
    ),
    text((left + right) / 2, bottom + 40, by, 'text-anchor="middle"'),
    ...lines.map((line) => drawLine(line.what, line.points.map(at), line === lowest)),
  ].join('\n');
}

function lowestAtItsEnd(lines) {
  const end = ({ points }) => points.at(-1).cpu;
  return lines.reduce((lowest, line) => (end(line) < end(lowest) ? line : lowest));
}

function drawLine(what, places, isLowest) {
  const ends = places.slice(-2).map(({ y }) => y);
  const words = { x: places.at(-1).x + 4, y: isLowest ? Math.max(...ends) + BELOW : Math.min(...ends) - ABOVE };
  const line = places.map(({ x, y }) => `${pixels(x)},${pixels(y)}`).join(' ');
  const dots = places.map(({ x, y }) => `<circle class="ours" cx="${pixels(x)}" cy="${pixels(y)}" r="3"/>`);
  return [`<polyline class="line" points="${line}"/>`, ...dots, text(words.x, words.y, what, 'text-anchor="end"')].join(
    '\n',
  );
}

/** Whole powers of ten around the values, and where a value stands among them. */
function scaleOf(values, length) {
  const lowest = Math.floor(Math.log10(Math.min(...values)));
  const highest = Math.ceil(Math.log10(Math.max(...values)));
  return {
    ticks: Array.from({ length: highest - lowest + 1 }, (_, index) => 10 ** (lowest + index)),
    of: (value) => ((Math.log10(value) - lowest) / (highest - lowest)) * length,
  };
}

function heightOf(cpu, place) {
  return TOP + PANEL.height - place.y.of(cpu);
}

/** @param {number} microseconds a power of ten */
function duration(microseconds) {
  if (microseconds >= 1e6) return `${microseconds / 1e6} s`;
  return microseconds >= 1000 ? `${microseconds / 1000} ms` : `${microseconds} µs`;
}
