import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
// @ts-expect-error -- plain JavaScript: the benchmark is a package of its own
import * as report from '../../bench/report/page.mjs';

const { FIGURES, fillPage } = report as {
  FIGURES: Readonly<Record<string, (results: unknown) => string>>;
  fillPage(page: string, figures: string): string;
};
const results: unknown = JSON.parse(read('bench/results/latest.json'));

it.each(Object.entries(FIGURES))('docs/%s has the figures of the kept run and of no other', (name, figuresOf) => {
  const page = read(`docs/${name}`);
  expect(page).toBe(fillPage(page, figuresOf(results)));
});

function read(path: string): string {
  return readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');
}
