import { getOperationAST, parse } from 'graphql';
import { expect, it } from 'vitest';
import { defaultLimits } from '../../../src/config/limits.js';
import { ValidatedQueries } from '../../../src/graphql/execution/validated-queries.js';

const create = () => new ValidatedQueries({ keeps: () => true }, defaultLimits.validatedQueryCacheBytes);

function add(queries: ValidatedQueries, text: string): void {
  const document = parse(text);
  const operation = getOperationAST(document);
  if (operation) queries.add({ document, operation }, undefined);
}

it('keeps as many queries as fit in the memory that is allowed, and forgets the oldest for one more', () => {
  const text = (at: number) => `query Q${String(at).padStart(5, '0')} { ${Array(300).fill('a').join(' ')} }`;
  const one = create();
  add(one, text(0));
  const count = Math.floor(defaultLimits.validatedQueryCacheBytes / one.size);
  const queries = create();
  for (let at = 0; at < count; at += 1) add(queries, text(at));
  expect(queries.size).toBe(count * one.size);
  add(queries, text(count));
  expect(queries.size).toBe(count * one.size);
  expect([0, 1, count].map((at) => queries.find(text(at), undefined) !== undefined)).toEqual([false, true, true]);
});
