import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
// @ts-expect-error -- plain JavaScript: the benchmark is a package of its own
import * as report from '../../bench/report/page.mjs';
// @ts-expect-error -- as above
import * as sizing from '../../bench/report/tables/sizing-table.mjs';

const { FIGURES, fillPage } = report as {
  FIGURES: Readonly<Record<string, (results: unknown) => string>>;
  fillPage(page: string, figures: string): string;
};
const { pageFigure, subscriptionFigure } = sizing as Readonly<
  Record<'pageFigure' | 'subscriptionFigure', (run: unknown) => string>
>;
const results = JSON.parse(read('bench/results/latest.json'));

it.each(Object.entries(FIGURES))('docs/%s has the figures of the kept run and of no other', (name, figuresOf) => {
  const page = read(`docs/${name}`);
  expect(page).toBe(fillPage(page, figuresOf(results)));
});

it('the text of docs/performance.md has the figures of the kept run', () => {
  const text = read('docs/performance.md').replace(/\s+/g, ' ');
  const { database, scale } = results.parts;
  const [page] = pageFigure(database).split(', ');
  expect(text).toContain(`A page of 20 reports over PostgreSQL costs ${page}`);
  expect(text).toContain(`A subscription takes ${subscriptionFigure(scale)}.`);
});

function read(path: string): string {
  return readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');
}
