import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { drawGrowthChart } from './charts/growth-chart.mjs';
import { drawChart } from './charts/request-chart.mjs';
import { drawTokenChart } from './charts/token-chart.mjs';
import { FIGURES, fillPage, sectionsOf } from './page.mjs';
import { toText } from './tables/render-tables.mjs';

const DOCS = new URL('../../docs/', import.meta.url);
/** Beside the pages: of a part each. */
const CHARTS = {
  'performance.svg': ({ known }) => drawChart(known),
  'performance-tokens.svg': ({ tokens }) => drawTokenChart(tokens),
  'performance-growth.svg': ({ authorization }) => drawGrowthChart(authorization),
};
const RESULTS = new URL('../results/', import.meta.url);

/**
 * Saves the run of a part. If it is to be kept, it replaces the part's earlier run in `results/latest.json`. Otherwise it goes
 * into `results/short/`, which git ignores.
 *
 * @param {string} id of the part
 * @param {object} run
 * @param {{ isKept: boolean }} how
 */
export function keepPart(id, run, { isKept }) {
  const parts = { ...readResults({ isKept }).parts, [id]: run };
  writeFileSync(fileOf(isKept), `${JSON.stringify({ parts }, rounded)}\n`);
}

/** Prints the tables of parts. */
export function printParts(parts) {
  for (const { title, run, tables } of sectionsOf({ parts })) console.log(`${title}\n\n${run}\n\n${toText(tables)}`);
}

/** Writes the figures of the pages of `docs/` and their charts, from all parts that were written down, if those they need are there. */
export function writePages({ isKept }) {
  const results = readResults({ isKept });
  const { known, tokens, authorization } = results.parts;
  if (!known || !tokens || !authorization) return;
  const target = isKept ? DOCS : folderOf(isKept);
  for (const [name, draw] of Object.entries(CHARTS)) writeFileSync(new URL(name, target), draw(results.parts));
  for (const [name, figuresOf] of Object.entries(FIGURES)) {
    const page = readFileSync(new URL(name, DOCS), 'utf8');
    writeFileSync(new URL(name, target), fillPage(page, figuresOf(results)));
  }
}

/** Reads the runs that were written down. */
export function readResults({ isKept }) {
  return existsSync(fileOf(isKept)) ? JSON.parse(readFileSync(fileOf(isKept), 'utf8')) : { parts: {} };
}

function fileOf(isKept) {
  return new URL('latest.json', folderOf(isKept));
}

function folderOf(isKept) {
  const folder = isKept ? RESULTS : new URL('short/', RESULTS);
  mkdirSync(folder, { recursive: true });
  return folder;
}

function rounded(_name, value) {
  return typeof value === 'number' ? Math.round(value * 100) / 100 : value;
}
