import { BASELINE, CONTENDERS, OURS } from '../../contenders.mjs';
import { ratioOf } from '../tables/request-tables.mjs';
import { axis, pixels, svg, text } from './svg.mjs';

const ROW = 26;
const BAR = 14;
const TOP = 64;
const LABELS = 330;
const PANEL = 160;
/** Room for the figure beside the longest bar. */
const FIGURE = 30;

/**
 * Draws how many times as cheap as the baseline each contender is. A bar to the right is cheaper, a bar to the left dearer.
 * The scale is logarithmic. Each number of items has a panel.
 *
 * @returns {string} SVG
 */
export function drawChart(run) {
  const { sizes } = run.options;
  const panels = sizes.map((n) => ({ n, bars: barsOf(run, n) }));
  const place = scaleOf(panels.flatMap(({ bars }) => bars.map(({ value }) => value)));
  const names = panels[0].bars.map(({ id, name }, row) => text(8, middle(row), `(${id}) ${name}`));
  return svg({
    width: LABELS + sizes.length * PANEL,
    height: TOP + names.length * ROW + 8,
    title: `CPU time of a request, one caller: times as cheap as (${BASELINE}); bars to the right are cheaper`,
    content: [...names, ...panels.map((panel, index) => drawPanel(panel, LABELS + index * PANEL, place))],
  });
}

function barsOf(run, n) {
  return CONTENDERS.flatMap(({ id, name }) => {
    const ratio = ratioOf(run, { workload: 'one', n, one: id, other: BASELINE });
    return ratio ? [{ id, name, value: ratio.median }] : [];
  });
}

/** From a ratio to pixels inside a panel; the same for all panels. */
function scaleOf(values) {
  const lowest = Math.log(Math.min(...values, 0.5));
  const highest = Math.log(Math.max(...values, 2));
  const width = PANEL - 2 * FIGURE;
  return (value) => FIGURE + ((Math.log(value) - lowest) / (highest - lowest)) * width;
}

function drawPanel({ n, bars }, left, place) {
  const one = left + place(1);
  const drawn = bars.map(({ id, value }, row) => {
    const end = left + place(value);
    const kind = OURS.includes(id) ? 'ours' : 'peer';
    const [from, width] = [Math.min(one, end), Math.max(Math.abs(end - one), 1)].map(pixels);
    const isCheaper = value >= 1;
    const figure = text(end + (isCheaper ? 4 : -4), middle(row), value.toPrecision(2), anchor(isCheaper));
    return `<rect class="${kind}" x="${from}" y="${middle(row) - BAR / 2}" width="${width}" height="${BAR}"/>${figure}`;
  });
  const bottom = TOP + bars.length * ROW;
  return [
    text(one, TOP - 16, n === 1 ? '1 item' : `${n} items`, 'text-anchor="middle"'),
    axis({ x: one, y: TOP - 8 }, { x: one, y: bottom }),
    ...drawn,
  ].join('\n');
}

function middle(row) {
  return TOP + row * ROW + ROW / 2;
}

function anchor(isCheaper) {
  return `text-anchor="${isCheaper ? 'start' : 'end'}"`;
}
