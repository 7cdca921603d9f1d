import { parse } from 'graphql';
import { describe, expect, it } from 'vitest';
import { MAX_COST } from '../../../src/graphql/cost/amount.js';
import { measureDocument } from '../../../src/graphql/cost/document-shape.js';

const measure = (text: string) => measureDocument(parse(text));
const many = (count: number, text: (at: number) => string) =>
  Array.from({ length: count }, (_, at) => text(at)).join(' ');

describe('the depth of a document', () => {
  it.each([
    ['{ a }', 1],
    ['{ a { b { c } } }', 3],
    ['{ a { ... { b } } }', 3],
    ['{ a { ...F } } fragment F on T { b { c } }', 3],
    ['{ a { b { ...F } } } fragment F on T { ...G } fragment G on T { c }', 3],
    ['query A { a } query B { a { b } }', 2],
    ['{ __schema { types { fields { name } } } }', 1],
    ['{ ...F } fragment F on Q { __schema { ...G } a { b } } fragment G on S { types { fields { name } } }', 2],
    ['fragment F on T { a { b } }', 0],
  ])('%s', (text, depth) => {
    expect(measure(text).operationDepth).toBe(depth);
  });
});

describe('aliases and directives', () => {
  it('of fragments count as often as they are spread', () => {
    const text =
      'query @d { a: x @d ...F ...F @d ... @d { b: x } } fragment F on T @d { c: x ...G } fragment G on T { d: x @d }';
    expect(measure(text)).toMatchObject({ operationAliases: 6, operationDirectives: 8 });
  });

  it('are those of the operation that has most', () => {
    expect(measure('query A { a: x } query B { b: x c: x }')).toMatchObject({ operationAliases: 2 });
  });

  it('of fragments that double do not overflow', () => {
    const text = `{ ...F0 } ${many(90, (at) => `fragment F${at} on T { ...F${at + 1} ...F${at + 1} }`)} fragment F90 on T { a: x }`;
    expect(measure(text).operationAliases).toBe(MAX_COST);
  });
});

describe('pairs of fields with one response path', () => {
  it.each([
    ['{ a a a }', 3],
    ['{ a { x } a { x } }', 4 + 1],
    ['{ a a(b: 1) }', 4],
    ['{ a: x b: x }', 0],
    ['{ a { x } b { x } }', 0],
    ['{ x ... { x } ...F } fragment F on T { x }', 3],
  ])('%s', (text, pairs) => {
    expect(measure(text).documentFieldPairs).toBe(pairs);
  });
});

it('fragments that spread each other in a circle end', () => {
  expect(measure('{ ...A } fragment A on T { x ...B } fragment B on T { y ...A }')).toMatchObject({
    operationDepth: 1,
    documentFragments: 2,
  });
});

it('a chain of twenty thousand fragments, and one that is missing, does not exhaust the stack', () => {
  const text = `{ ...F0 } ${many(20_000, (at) => `fragment F${at} on T { ...F${at + 1} }`)}`;
  expect(measure(text).documentFragments).toBe(20_001);
});

describe('steps grow with the document', () => {
  /** Counts how often the nodes of a document are read. */
  function stepsOf(text: string): number {
    let steps = 0;
    const counting = <T>(value: T): T => {
      if (typeof value !== 'object' || value === null) return value;
      const counted = Array.isArray(value)
        ? value.map(counting)
        : Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, counting(inner)]));
      return new Proxy(counted, {
        get(target, name) {
          if (name === 'kind' || name === 'selections') steps += 1;
          return Reflect.get(target, name);
        },
      }) as T;
    };
    measureDocument(counting(parse(text, { noLocation: true })));
    return steps;
  }

  it.each([
    ['fields', (n: number) => `{ ${'x '.repeat(n)} }`],
    [
      'fragments that double',
      (n: number) =>
        `{ ...F0 } ${many(n, (at) => `fragment F${at} on T { x { ...F${at + 1} } y { ...F${at + 1} } }`)} fragment F${n} on T { x }`,
    ],
    ['spreads of one fragment', (n: number) => `{ ${'...F '.repeat(n)} } fragment F on T { ${'x '.repeat(n)} }`],
    ['operations', (n: number) => `${many(n, (at) => `query Q${at} { ...F }`)} fragment F on T { ${'x '.repeat(n)} }`],
  ])('%s: four doublings, never more than twice as many', (_what, text) => {
    const steps = [10, 20, 40, 80, 160].map((n) => stepsOf(text(n)));
    for (const [at, next] of steps.slice(1).entries()) expect(next).toBeLessThanOrEqual(2.1 * (steps[at] ?? 0));
  });
});
