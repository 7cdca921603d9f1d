import { getIntrospectionQuery } from 'graphql';
import { describe, expect, it } from 'vitest';
import { defaultLimits } from '../../../src/config/limits.js';
import { MAX_COST } from '../../../src/graphql/cost/amount.js';
import { createCheck, createCost, schemaOf } from './harness.js';

const schema = schemaOf(`
  type Query {
    leaf: Int
    one: Thing
    list: [Thing]
    matrix: [[Int]]
    page(first: Int, after: String, last: Int): Connection
    defaulted(first: Int = 50): Connection
    limited(limit: Int): [Thing]
    strict(n: Int, m: Int): [Thing] @listSize(slicingArguments: ["n", "m"])
    nested(input: Page): [Thing] @listSize(slicingArguments: ["input.size"], requireOneSlicingArgument: false, assumedSize: 4)
    huge: [Thing] @listSize(assumedSize: 1000000000) @cost(weight: "1000000000")
    any: Any
    named: Named
    find(words: [String!], filter: Filter): Int
    _service: Service
    named_by(ids: [ID!]!): [Thing]
    some_by(ids: [ID!]!, first: Int): [Thing]
    few_by(ids: [ID!]!): [Thing] @listSize(assumedSize: 2)
  }
  type Mutation { write(n: Int): Int }
  type Subscription { changed: Thing }
  interface Named { name: String }
  type Thing implements Named { id: ID name: String @cost(weight: "3") things: [Thing] huge: [Thing] @listSize(assumedSize: 1000000000) }
  type Heavy implements Named @cost(weight: "9") { id: ID name: String }
  union Any = Thing | Heavy
  type Connection { edges: [Edge] nodes: [Thing] pageInfo: Info total: Int }
  type Service { sdl: String }
  type Edge { node: Thing }
  type Info { next: Boolean }
  input Page { size: Int }
  input Filter { text: String all: [Filter!] }
`);
const cost = createCost(schema);
const ROOT = 1;

describe('the cost of', () => {
  it.each([
    ['a leaf', '{ leaf }', 0.1],
    ['an object: its field, and itself', '{ one { id } }', 2.1],
    ['the name of a type', '{ __typename one { __typename } }', 2.2],
    ['a list without arguments: ten items', '{ list { id } }', 1 + 10 * 1.1],
    ['a list of lists', '{ matrix }', 10],
    ['lists within lists', '{ list { things { id } } }', 1 + 10 * (1 + 1 + 10 * 1.1)],
    ['a page, by nodes', '{ page(first: 30) { nodes { id } } }', 2 + 1 + 30 * 1.1 + 0.1],
    ['a page, by edges', '{ page(first: 30) { edges { node { id } } } }', 2 + 1 + 30 * (1 + 2.1) + 0.1],
    ['a page from the end', '{ page(last: 30) { nodes { id } } }', 2 + 1 + 30 * 1.1 + 0.1],
    ['a page with both arguments: the larger', '{ page(first: 3, last: 30) { nodes { id } } }', 2 + 1 + 30 * 1.1 + 0.2],
    ['what is beside a page', '{ page(first: 30) { total pageInfo { next } } }', 2 + 0.1 + 2.1 + 0.1],
    ['a page of null', '{ page(first: null) { nodes { id } } }', 2 + 1 + 10 * 1.1 + 0.1],
    ['a page of none', '{ page(first: 0) { nodes { id } } }', 2 + 1 + 1.1 + 0.1],
    ['a page of less than none', '{ page(first: -1) { nodes { id } } }', 2 + 1 + 1.1 + 0.1],
    ["a page by the schema's default", '{ defaulted { nodes { id } } }', 2 + 1 + 50 * 1.1],
    [
      "null in the place of the schema's default",
      '{ defaulted(first: null) { nodes { id } } }',
      2 + 1 + 10 * 1.1 + 0.1,
    ],
    ['a list with a limit', '{ limited(limit: 30) { id } }', 1 + 30 * 1.1 + 0.1],
    ['a slicing argument within an input object', '{ nested(input: { size: 30 }) { id } }', 1 + 30 * 1.1 + 1.1],
    ['a slicing argument that is not there', '{ nested(input: {}) { id } }', 1 + 4 * 1.1 + 1],
    ['the costliest of the types of a union', '{ any { ... on Thing { id } ... on Heavy { id } } }', 1 + 9 + 0.1],
    ['the costliest field behind an interface', '{ named { name } }', 1 + 9 + 3 + 0.1],
    ['a field twice: twice', '{ leaf leaf }', 0.2],
    ['a fragment twice: twice', '{ ...F ...F } fragment F on Query { leaf }', 0.2],
    ['what is never included', '{ one @skip(if: true) { id } leaf }', 0.1],
    ['a list as argument: each item', '{ find(words: ["a", "b", "c"]) }', 0.1 + 0.3],
    ['one item in the place of a list', '{ find(words: "a") }', 0.1 + 0.1],
    [
      'input objects within each other',
      '{ find(filter: { text: "a", all: [{ text: "b" }, { all: [] }] }) }',
      0.1 + 3.2,
    ],
    ['a list of what a short list names', '{ named_by(ids: ["a"]) { id } }', 1 + 10 * 1.1 + 0.1],
    ['a list of what a long list names', `{ named_by(ids: [${'"a" '.repeat(50)}]) { id } }`, 1 + 50 * 1.1 + 5],
    [
      'a part of what a long list names',
      `{ some_by(first: 3, ids: [${'"a" '.repeat(50)}]) { id } }`,
      1 + 3 * 1.1 + 5 + 0.1,
    ],
    [
      'what a long list names, where the schema says the size',
      `{ few_by(ids: [${'"a" '.repeat(50)}]) { id } }`,
      1 + 2 * 1.1 + 5,
    ],
    ['a mutation', 'mutation { write(n: 1) }', 0.2],
    ['a subscription: one event', 'subscription { changed { id } }', 2.1],
  ])('%s', (_what, query, expected) => {
    expect(cost(query).cost).toBeCloseTo(ROOT + expected, 6);
  });

  const PAGE = 'query ($n: Int, $m: Int = 7) { page(first: $n, last: $m) { nodes { id } } }';
  it.each([
    ['a variable', { n: 30 }, 30],
    ['the larger of two variables', { n: 30, m: 40 }, 40],
    ["the operation's default", {}, 7],
    ['null in the place of it', { m: null }, 10],
  ])('a page by %s', (_what, variables, size) => {
    expect(cost(PAGE, variables).cost).toBeCloseTo(ROOT + 2 + 0.2 + 1 + size * 1.1, 6);
  });

  it("a page by the schema's default when the variable is not given", () => {
    const query = 'query ($n: Int) { defaulted(first: $n) { nodes { id } } }';
    expect(cost(query).cost).toBeCloseTo(ROOT + 2 + 0.1 + 1 + 50 * 1.1, 6);
  });

  it('the same fragment on pages of different sizes', () => {
    const query =
      '{ a: page(first: 5) { ...F } b: page(first: 50) { ...F } } fragment F on Connection { nodes { id } total }';
    expect(cost(query).cost).toBeCloseTo(ROOT + 2 * (2 + 0.1 + 1 + 0.1) + 55 * 1.1, 6);
  });

  it('items of a variable, and of one that stands in many places', () => {
    const query = 'query ($w: [String!], $f: Filter) { a: find(words: $w) b: find(words: $w) find(filter: $f) }';
    const variables = { w: Array(100).fill(''), f: { all: [{ text: '' }, { text: '' }] } };
    expect(cost(query, variables).cost).toBeCloseTo(ROOT + 0.3 + 20 + 1 + 2.2, 6);
    expect(cost(query, {}).cost).toBeCloseTo(ROOT + 0.3, 6);
  });

  it('what a list in a variable names', () => {
    const query = 'query ($ids: [ID!]!) { named_by(ids: $ids) { id } }';
    expect(cost(query, { ids: Array(500).fill('a') }).cost).toBeCloseTo(ROOT + 1 + 500 * 1.1 + 50, 6);
    expect(cost(query, { ids: [] }).cost).toBeCloseTo(ROOT + 1 + 10 * 1.1, 6);
  });

  it('what variables include', () => {
    const query = 'query ($on: Boolean!) { one @include(if: $on) { id } leaf @skip(if: $on) }';
    expect(cost(query, { on: true }).cost).toBeCloseTo(ROOT + 2.1, 6);
    expect(cost(query, { on: false }).cost).toBeCloseTo(ROOT + 0.1, 6);
  });

  it('more than numbers can count: the largest cost, whatever is added and multiplied', () => {
    const deep = `{ huge { ${'huge { '.repeat(40)} id ${'} '.repeat(40)} } }`;
    expect(cost(deep).cost).toBe(MAX_COST);
    expect(cost(`{ ${Array(50).fill(deep.slice(1, -1)).join(' ')} }`).cost).toBe(MAX_COST);
    const doubling = Array.from({ length: 90 }, (_, at) => `fragment F${at} on Thing { ...F${at + 1} ...F${at + 1} }`);
    expect(cost(`{ one { ...F0 } } ${doubling.join(' ')} fragment F90 on Thing { id }`).cost).toBe(MAX_COST);
  });
});

describe('introspection', () => {
  it('has a cost of its own', () => {
    const { cost: ofOperation, introspection } = cost(
      `{ leaf ${getIntrospectionQuery().match(/__schema[\s\S]*/)?.[0]}`,
    );
    expect(ofOperation).toBeCloseTo(ROOT + 0.1, 6);
    expect(introspection).toBeGreaterThan(1000);
  });

  it.each([true, false])('is within the bound as tools ask for it (deprecated inputs: %s)', (inputValueDeprecation) => {
    const query = getIntrospectionQuery({
      descriptions: true,
      specifiedByUrl: true,
      directiveIsRepeatable: true,
      schemaDescription: true,
      inputValueDeprecation,
      oneOf: true,
    });
    expect(createCheck(schema)(query)).toBeUndefined();
  });
});

describe('an operation is refused', () => {
  const fields = (count: number) =>
    `mutation { ${Array.from({ length: count }, (_, at) => `a${at}: write`).join(' ')} }`;
  it.each([
    ['operationCost', '{ limited(limit: 18179) { id } }', '{ limited(limit: 18180) { id } }', 20_001],
    ['mutationFields', fields(20), fields(21), 21],
    [
      'mutationFields',
      'mutation { ...F }  fragment F on Mutation { a: write b: write }',
      `mutation { ${'...F '.repeat(11)} } fragment F on Mutation { ... { a: write } b: write }`,
      22,
    ],
    [
      'introspections',
      '{ __schema { description } __type(name: "T") { name } }',
      '{ __schema { description } b: __schema { description } }',
      defaultLimits.introspections + 1,
    ],
    [
      'introspections',
      '{ __type(name: "T") { name } }',
      '{ ...F ...F } fragment F on Query { __type(name: "T") { name } }',
      2,
    ],
    ['introspections', '{ _service { sdl } }', '{ _service { sdl } b: _service { sdl } }', 2],
    ['introspectionAliases', '{ _service { sdl } }', '{ _service { ...S } } fragment S on Service { a: sdl }', 1],
    ['introspectionAliases', '{ a: __schema { description } }', '{ __schema { a: description } }', 1],
    [
      'introspectionAliases',
      '{ ...F b: leaf } fragment F on Query { __schema { ...G } } fragment G on __Schema { description }',
      '{ ...F } fragment F on Query { __schema { ...G } } fragment G on __Schema { types { ...H } } fragment H on __Type { a: name }',
      1,
    ],
    [
      'introspectionCost',
      '{ __schema { types { fields { type { fields { name } } } } } }',
      '{ __schema { types { fields { args { type { fields { args { name } } } } } } } }',
      undefined,
    ],
  ])('beyond %s', (name, inside, outside, asked) => {
    const check = createCheck(schema);
    expect(check(inside)).toBeUndefined();
    expect(check(outside)).toMatchObject({
      extensions: { code: 'LIMIT_EXCEEDED', limit: { name, asked: asked ?? expect.any(Number) } },
    });
  });

  it('by the settings, with the cost and the limit', () => {
    const error = createCheck(schema, { operationCost: 100 })('{ limited(limit: 100) { id } }');
    expect(error?.message).toBe(
      'The cost of the operation is 113. At most 100 points are allowed. The setting LIMIT_OPERATION_COST raises it.',
    );
  });

  it('with assumed sizes by the setting', () => {
    const query = '{ list { things { things { id } } } }';
    expect(createCheck(schema)(query)).toBeUndefined();
    expect(createCheck(schema, { ...defaultLimits, assumedListSize: 100 })(query)).toBeDefined();
  });

  it.each([
    ['{ strict { id } }', {}],
    ['{ strict(n: 1, m: 1) { id } }', {}],
    ['{ strict(n: null) { id } }', {}],
    ['query ($n: Int) { strict(n: $n) { id } }', {}],
    ['query ($n: Int) { strict(n: $n, m: 1) { id } }', { n: 1 }],
  ])('without exactly one of the slicing arguments that it needs: %s', (query, variables) => {
    expect(createCheck(schema)(query, variables)).toEqual({
      message: 'Query.strict needs exactly one of the arguments n, m.',
      extensions: { code: 'BAD_USER_INPUT' },
    });
  });

  it.each([
    ['{ strict(n: 1) { id } }', {}],
    ['query ($n: Int) { strict(n: $n, m: 1) { id } }', {}],
    ['query ($off: Boolean!) { strict @include(if: $off) { id } }', { off: false }],
  ])('and is not with one, or where the field is left out: %s', (query, variables) => {
    expect(createCheck(schema)(query, variables)).toBeUndefined();
  });

  it('not when its variables do not fit, since then it does not run', () => {
    const check = createCheck(schema, { operationCost: 10 });
    const query = 'query ($n: Int!) { limited(limit: $n) { id } }';
    expect(check(query, { n: 'x' })).toBeUndefined();
    expect(check(query, { n: 10 })).toBeDefined();
  });

  it('whatever the names of its variables', () => {
    const check = createCheck(schema, { operationCost: 100 });
    for (const name of ['__proto__', 'constructor', 'toString', 'hasOwnProperty']) {
      const query = `query ($${name}: Int) { limited(limit: $${name}) { id } }`;
      expect(check(query, JSON.parse(`{ "${name}": 1000 }`))).toBeDefined();
      expect(check(query, {})).toBeUndefined();
    }
  });
});

it('the cost of a known document depends on the variables of each request', () => {
  const check = createCheck(schema, { operationCost: 100 });
  const query = 'query ($n: Int) { limited(limit: $n) { id } }';
  for (const [n, refused] of [
    [10, false],
    [1000, true],
    [10, false],
    [1000, true],
  ] as const) {
    expect(check(query, { n }) !== undefined).toBe(refused);
  }
});
