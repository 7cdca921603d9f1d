import fc from 'fast-check';
import {
  FieldsOnCorrectTypeRule,
  getOperationAST,
  getVariableValues,
  NoFragmentCyclesRule,
  parse,
  ScalarLeafsRule,
  validate,
} from 'graphql';
import { describe, expect, it } from 'vitest';
import { createCost, schemaOf } from './harness.js';
import { type PriceTable, slowCost } from './slow-reference.js';

const schema = schemaOf(`
  type Query {
    thing(id: ID): Thing
    list: [Thing!]!
    sized: [Thing] @listSize(assumedSize: 7)
    page(first: Int = 5, last: Int, filter: Filter, ids: [ID!] @cost(weight: "0.5")): ThingConnection
    sliced(n: Int, paging: Paging): [Thing] @cost(weight: "4")
      @listSize(slicingArguments: ["n", "paging.size"], requireOneSlicingArgument: false, assumedSize: 3)
    grid: [[Int]]
    any: Any
    anys(limit: Int): [Any]
    named: Named
  }
  interface Named { name: String }
  union Any = Thing | Other
  type Thing implements Named {
    id: ID! name: String heavy: Int @cost(weight: "2.5") child: Thing children(first: Int): [Thing] tags: [String]
    page(first: Int = 5, last: Int, filter: Filter, ids: [ID!]): ThingConnection
  }
  type Other implements Named @cost(weight: "3") { name: String @cost(weight: "1") others: [Other] }
  type ThingConnection { edges: [ThingEdge] nodes: [Thing] total: Int }
  type ThingEdge { node: Thing }
  input Filter { text: String words: [String!] @cost(weight: "2") inner: Filter }
  input Paging { size: Int }
`);

const PAGE = { slicing: ['first', 'last'], assumed: 10, sizedFields: ['edges', 'nodes'] };
const table: PriceTable = {
  weights: {
    'Query.page(ids:)': 0.5,
    'Query.sliced': 4,
    'Thing.heavy': 2.5,
    Other: 3,
    'Other.name': 1,
    'Filter.words': 2,
  },
  sizes: {
    'Query.sized': { slicing: [], assumed: 7 },
    'Query.page': PAGE,
    'Thing.page': PAGE,
    'Query.sliced': { slicing: ['n', 'paging.size'], assumed: 3 },
    'Query.anys': { slicing: ['limit'], assumed: 10 },
    'Thing.children': { slicing: ['first'], assumed: 10 },
  },
};

const FIELDS: Readonly<Record<string, Readonly<Record<string, string | undefined>>>> = {
  Query: {
    thing: 'Thing',
    list: 'Thing',
    sized: 'Thing',
    page: 'ThingConnection',
    sliced: 'Thing',
    grid: undefined,
    any: 'Any',
    anys: 'Any',
    named: 'Named',
  },
  Thing: {
    id: undefined,
    name: undefined,
    heavy: undefined,
    child: 'Thing',
    children: 'Thing',
    tags: undefined,
    page: 'ThingConnection',
  },
  Other: { name: undefined, others: 'Other' },
  Named: { name: undefined },
  Any: {},
  ThingConnection: { edges: 'ThingEdge', nodes: 'Thing', total: undefined },
  ThingEdge: { node: 'Thing' },
};
const FRAGMENT_TYPES = ['Query', 'Thing', 'ThingConnection', 'Thing', 'Other', 'Named'];
const objectsOf = (type: string) => (type === 'Any' || type === 'Named' ? ['Thing', 'Other'] : [type]);
const VARIABLES =
  '$n: Int, $m: Int = 4, $on: Boolean!, $off: Boolean = false, $filter: Filter, $ids: [ID!], $paging: Paging';

/** A document without conflicts of types; that the same key stands for several fields does not matter to its cost. */
function randomDocument(g: fc.GeneratorValue): string {
  const chance = (percent: number) => g(fc.integer, { min: 0, max: 99 }) < percent;
  const pick = <T>(items: readonly T[]): T => items[g(fc.nat, items.length - 1)] as T;
  const number = () => pick(['$n', '$m', '0', '3', '25', '-4', 'null']);
  const words = () => pick(['[]', '["a", "b"]', '"a"', 'null']);
  const filter = (depth: number): string =>
    pick(['$filter', 'null', `{ text: "a", words: ${words()}${depth > 0 ? `, inner: ${filter(depth - 1)}` : ''} }`]);
  const argumentsOf = (name: string) => {
    const all: Record<string, readonly string[]> = {
      thing: ['id: "1"'],
      page: [`first: ${number()}`, `last: ${number()}`, `filter: ${filter(2)}`, `ids: ${pick(['$ids', '["1", "2"]'])}`],
      sliced: [`n: ${number()}`, `paging: ${pick(['$paging', '{ size: $m }', '{ size: 12 }', '{}'])}`],
      anys: [`limit: ${number()}`],
      children: [`first: ${number()}`],
    };
    const given = (all[name] ?? []).filter(() => chance(50));
    return given.length > 0 ? `(${given.join(', ')})` : '';
  };
  const condition = () =>
    chance(25) ? ` @${pick(['include', 'skip'])}(if: ${pick(['$on', '$off', 'true', 'false'])})` : '';
  const selectionSet = (type: string, depth: number, fragmentsFrom: number): string => {
    const count = g(fc.integer, { min: 1, max: 4 });
    const selections = Array.from({ length: count }, () => selection(type, depth, fragmentsFrom));
    return `{ __typename ${selections.join(' ')} }`;
  };
  const inlineFragment = (type: string, depth: number, fragmentsFrom: number): string => {
    if (depth === 0) return '__typename';
    const on = pick([...objectsOf(type), ...(type === 'Named' ? ['Named'] : [])]);
    return `... on ${on}${condition()} ${selectionSet(on, depth - 1, fragmentsFrom)}`;
  };
  const spreadsAt = (type: string, fragmentsFrom: number) =>
    FRAGMENT_TYPES.flatMap((on, at) =>
      at >= fragmentsFrom && (objectsOf(type).includes(on) || on === type) ? [`...F${at}${condition()}`] : [],
    );
  const field = (type: string, depth: number, fragmentsFrom: number): string => {
    const fields = Object.entries(FIELDS[type] ?? {}).filter(([, returned]) => depth > 0 || returned === undefined);
    if (fields.length === 0) return '__typename';
    const [name, returned] = pick(fields);
    const below = returned === undefined ? '' : ` ${selectionSet(returned, depth - 1, fragmentsFrom)}`;
    return `a${g(fc.nat, 9)}: ${name}${argumentsOf(name)}${condition()}${below}`;
  };
  const selection = (type: string, depth: number, fragmentsFrom: number): string => {
    if (chance(type === 'Any' ? 90 : 15)) return inlineFragment(type, depth, fragmentsFrom);
    const spreads = spreadsAt(type, fragmentsFrom);
    return spreads.length > 0 && chance(40) ? pick(spreads) : field(type, depth, fragmentsFrom);
  };
  const fragments = FRAGMENT_TYPES.map((on, at) => `fragment F${at} on ${on} ${selectionSet(on, 2, at + 1)}`);
  return [`query (${VARIABLES}) ${selectionSet('Query', 4, 0)}`, ...fragments].join('\n');
}

const count = fc.integer({ min: -5, max: 200 });
const filterValue = fc.letrec<{ filter: unknown }>((tie) => ({
  filter: fc.record(
    {
      text: fc.string(),
      words: fc.oneof(fc.array(fc.string(), { maxLength: 5 }), fc.constant(null)),
      inner: fc.option(tie('filter'), { maxDepth: 2 }),
    },
    { requiredKeys: [] },
  ),
})).filter;
const variablesOf = fc.record(
  {
    on: fc.boolean(),
    off: fc.boolean(),
    n: fc.option(count),
    m: fc.option(count),
    filter: fc.option(filterValue),
    ids: fc.option(fc.array(fc.string(), { maxLength: 6 })),
    paging: fc.option(fc.record({ size: fc.option(count) }, { requiredKeys: [] })),
  },
  { requiredKeys: ['on'] },
);

const cost = createCost(schema);
const reference = (document: ReturnType<typeof parse>, variables: Record<string, unknown>) => {
  const definitions = getOperationAST(document)?.variableDefinitions ?? [];
  const { coerced } = getVariableValues(schema, definitions, variables);
  if (!coerced) throw new Error('the variables do not fit');
  return slowCost({ schema, table }, document, coerced);
};

describe('the cost of a random operation', () => {
  it('is that of a reference that walks all of it', () => {
    fc.assert(
      fc.property(fc.gen().map(randomDocument), variablesOf, (text, variables) => {
        const document = parse(text);
        expect(validate(schema, document, [FieldsOnCorrectTypeRule, ScalarLeafsRule, NoFragmentCyclesRule])).toEqual(
          [],
        );
        const expected = reference(document, variables);
        expect(Math.abs(cost(document, variables).cost - expected)).toBeLessThanOrEqual(expected * 1e-9);
      }),
      { numRuns: 300, endOnFailure: true },
    );
  });

  it('does not sink when a slicing argument rises, or something is selected as well', () => {
    fc.assert(
      fc.property(fc.gen().map(randomDocument), variablesOf, count, fc.nat(50), (text, variables, n, more) => {
        const before = cost(text, { ...variables, n, m: n }).cost;
        expect(cost(text, { ...variables, n: n + more, m: n + more }).cost).toBeGreaterThanOrEqual(before);
        const larger = text.replace('{ __typename', '{ more: list { id }');
        expect(cost(larger, { ...variables, n, m: n }).cost).toBeGreaterThan(before);
      }),
      { numRuns: 200, endOnFailure: true },
    );
  });
});
