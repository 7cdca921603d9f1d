import { decimal } from '../figures.mjs';
import { median } from '../statistics.mjs';
import { axis, pixels, svg, text } from './svg.mjs';

const ROW = 26;
const BAR = 14;
const TOP = 44;
const LABELS = 330;
const LONGEST = 420;
/** Room for the figure beside the longest bar. */
const FIGURE = 60;

/** How a row of the run is called in the chart. Others stand in the table only. */
const ROWS = [
  { name: 'entra-graphql', what: 'hit', label: 'entra-graphql, a token seen before' },
  { name: 'entra-graphql', what: 'miss', label: 'entra-graphql, a new token' },
  { name: 'entra-graphql', what: 'forged', label: 'entra-graphql, a forged token' },
  { name: 'crypto.verify alone', what: 'miss', label: 'the signature alone, by Node' },
  { name: 'jsonwebtoken with a KeyObject', what: 'miss', label: 'jsonwebtoken, a new token' },
  { name: 'aws-jwt-verify', what: 'miss', label: 'aws-jwt-verify, a new token' },
  { name: 'jose', what: 'miss', label: 'jose, a new token' },
  { name: 'jsonwebtoken + jwks-rsa', what: 'miss', label: 'jsonwebtoken with jwks-rsa, a new token' },
  { name: 'jsonwebtoken + jwks-rsa', what: 'forged', label: 'jsonwebtoken with jwks-rsa, a forged token' },
];

/**
 * Draws the CPU time of verifying one token outside any server: a longer bar is dearer.
 *
 * @returns {string} SVG
 */
export function drawTokenChart({ tokens }) {
  const bars = ROWS.flatMap(({ name, what, label }) => {
    const row = tokens.rows.find((one) => one.name === name && one.what === what);
    return row ? [{ label, isOurs: name === 'entra-graphql', cpu: median(row.cpu) }] : [];
  });
  const longest = Math.max(...bars.map(({ cpu }) => cpu), 1);
  const bottom = TOP + bars.length * ROW;
  return svg({
    width: LABELS + LONGEST + FIGURE,
    height: bottom + 12,
    title: 'CPU time of one token in µs, outside any server; a shorter bar is cheaper',
    content: [
      ...bars.map((bar, row) => drawBar(bar, TOP + row * ROW + ROW / 2, longest)),
      axis({ x: LABELS, y: TOP }, { x: LABELS, y: bottom }),
    ],
  });
}

function drawBar({ label, isOurs, cpu }, middle, longest) {
  const width = Math.max((cpu / longest) * LONGEST, 1);
  const place = `x="${LABELS}" y="${pixels(middle - BAR / 2)}" width="${pixels(width)}" height="${BAR}"`;
  return [
    text(8, middle, label),
    `<rect class="${isOurs ? 'ours' : 'peer'}" ${place}/>`,
    text(LABELS + width + 4, middle, decimal(cpu)),
  ].join('\n');
}
