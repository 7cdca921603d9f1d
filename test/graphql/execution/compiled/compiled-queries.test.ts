import { buildSchema, type DocumentNode, Kind, parse } from 'graphql';
import { describe, expect, it } from 'vitest';
import { defaultLimits } from '../../../../src/config/limits.js';
import { createCompiledQueries } from '../../../../src/graphql/execution/compiled/compiled-queries.js';
import { createBudget } from '../../../support/execution/answer-budget.js';

const RUNS_BEFORE = 3;
const { compiledQueryFields: MOST_FIELDS, compiledQueryVariants: MOST_VARIANTS } = defaultLimits;

const schema = buildSchema(`
  type Query { a(n: Int): String b: Node }
  type Mutation { a: String }
  interface Node { id: ID }
  type One implements Node { id: ID }
  type Two implements Node { id: ID }
`);

describe('compiled is', () => {
  it('a query that has run three times', () => {
    const find = createCompiledQueries(schema, defaultLimits.compiledQueryCacheBytes);
    const document = parse('{ a }');
    for (let run = 1; run <= RUNS_BEFORE; run += 1) expect(ask(find, document)).toBeUndefined();
    expect(ask(find, document)).toBeDefined();
  });

  it('no mutation', () => {
    expect(compiled('mutation { a }')).toBeUndefined();
  });

  it.each([
    ['fields', MOST_FIELDS, (fields: number) => `{ ${aliases(fields)} }`],
    ['fields of each type of an interface', MOST_FIELDS, (fields: number) => `{ b { ${ids((fields - 1) / 2)} } }`],
    ['fields in fragments', MOST_FIELDS, (fields: number) => `{ ...F } fragment F on Query { ${aliases(fields)} }`],
  ])('a query up to its number of %s', (_of, most, query) => {
    expect(compiled(query(most))).toBeDefined();
    expect(compiled(query(most + 2))).toBeUndefined();
  });

  it('no response key that would be a prototype', () => {
    expect(compiled('{ __proto__: a }')).toBeUndefined();
  });

  it('a query for each combination of its conditions, up to a number of them', () => {
    const find = createCompiledQueries(schema, defaultLimits.compiledQueryCacheBytes);
    const document = parse(
      'query ($x: Boolean!, $y: Boolean!, $z: Boolean!) { a @skip(if: $x) c: a @include(if: $y) d: a @skip(if: $z) }',
    );
    for (let run = 1; run <= RUNS_BEFORE; run += 1) ask(find, document);
    const combinations = [...Array(MOST_VARIANTS + 1).keys()].map((bits) => ({
      x: (bits & 1) > 0,
      y: (bits & 2) > 0,
      z: (bits & 4) > 0,
    }));
    const queries = combinations.map((variables) => ask(find, document, variables));
    expect(queries.slice(0, MOST_VARIANTS).every((query) => query !== undefined)).toBe(true);
    expect(queries[MOST_VARIANTS]).toBeUndefined();
    expect(ask(find, document, combinations[0])).toBeDefined();
  });

  it('no query with a condition that is null', () => {
    expect(compiled('query ($x: Boolean = true) { a @skip(if: $x) }', { x: null })).toBeUndefined();
  });
});

it('forgets what is not used any more', () => {
  const find = createCompiledQueries(schema, 40_000);
  const document = parse('{ a }');
  for (let run = 1; run <= RUNS_BEFORE; run += 1) ask(find, document);
  for (let other = 0; other <= 500; other += 1) ask(find, parse('{ a }'));
  expect(ask(find, document)).toBeUndefined();
});

it('does not leave a rejection unhandled when an item fails while another is pending', async () => {
  const failing = buildSchema('type Query { list: [Int!] }');
  const field = failing.getQueryType()?.getFields().list;
  if (field) field.resolve = () => [Promise.reject(new Error('later')), 'at once'];
  const result = await compiled('{ list }', {}, failing);
  expect(result?.errors).toHaveLength(1);
  expect(result?.data).toEqual({ list: null });
});

function compiled(source: string, variables: Readonly<Record<string, unknown>> = {}, of = schema) {
  const find = createCompiledQueries(of, defaultLimits.compiledQueryCacheBytes);
  const document = parse(source);
  for (let run = 1; run <= RUNS_BEFORE; run += 1) ask(find, document);
  return ask(find, document, variables);
}

function ask(
  find: ReturnType<typeof createCompiledQueries>,
  document: DocumentNode,
  variables: Readonly<Record<string, unknown>> = {},
) {
  const [operation] = document.definitions;
  if (operation?.kind !== Kind.OPERATION_DEFINITION) throw new TypeError('no operation');
  return find(document, operation)?.({ context: {}, variables, budget: createBudget() });
}

function aliases(count: number): string {
  return [...Array(count).keys()].map((index) => `a${index}: a`).join(' ');
}

function ids(count: number): string {
  return [...Array(Math.floor(count)).keys()].map((index) => `i${index}: id`).join(' ');
}
