import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { drawChart } from './chart.mjs';
import { drawGrowthChart } from './growth-chart.mjs';
import { describeRun, FIGURES, fillPage } from './page.mjs';
import { toText } from './render-tables.mjs';
import { tablesOf } from './tables.mjs';
import { drawTokenChart } from './token-chart.mjs';

const DOCS = new URL('../../docs/', import.meta.url);
/** Beside the pages. */
const CHARTS = {
  'performance.svg': drawChart,
  'performance-tokens.svg': drawTokenChart,
  'performance-growth.svg': drawGrowthChart,
};
const RESULTS = new URL('../results/', import.meta.url);

/**
 * Prints the tables of a run and writes its figures down: into `results/latest.json`, two pages of `docs/` and their charts if
 * it is to be kept, otherwise into `results/short/`, which git ignores.
 *
 * @param {ReturnType<typeof readResults>} results
 * @param {{ isKept: boolean }} how
 */
export function writeReport(results, { isKept }) {
  console.log(`${describeRun(results)}\n\n${toText(tablesOf(results))}`);
  const folder = isKept ? RESULTS : new URL('short/', RESULTS);
  mkdirSync(folder, { recursive: true });
  writeFileSync(new URL('latest.json', folder), `${JSON.stringify(results, rounded)}\n`);
  const target = isKept ? DOCS : folder;
  for (const [name, draw] of Object.entries(CHARTS)) writeFileSync(new URL(name, target), draw(results));
  for (const [name, figuresOf] of Object.entries(FIGURES)) {
    const page = readFileSync(new URL(name, DOCS), 'utf8');
    writeFileSync(new URL(name, target), fillPage(page, figuresOf(results)));
  }
}

/** Reads the results of the last kept run. */
export function readResults() {
  return JSON.parse(readFileSync(new URL('latest.json', RESULTS), 'utf8'));
}

function rounded(_name, value) {
  return typeof value === 'number' ? Math.round(value * 100) / 100 : value;
}
