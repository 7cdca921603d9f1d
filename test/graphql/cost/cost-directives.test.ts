import { GraphQLInt, GraphQLObjectType, GraphQLSchema } from 'graphql';
import { describe, expect, it } from 'vitest';
import { readPrices } from '../../../src/graphql/cost/field-prices.js';
import { SchemaError } from '../../../src/graphql/schema/schema-error.js';
import { createCost, schemaOf } from './harness.js';

function problemsOf(sdl: string): readonly string[] {
  try {
    readPrices(schemaOf(sdl));
    return [];
  } catch (error) {
    if (error instanceof SchemaError) return error.problems;
    throw error;
  }
}

describe('the start is stopped with the coordinate', () => {
  it.each([
    '-1',
    '-0.5',
    '',
    'NaN',
    'Infinity',
    '1e9',
    '1000000001',
    '99999999999999999999',
    '0x10',
    '1,5',
    ' 1',
    '1.',
    '.5',
    '1.0000000001',
    'heavy',
  ])('by the weight %j', (weight) => {
    const problems = problemsOf(`type Query { heavy: Int @cost(weight: ${JSON.stringify(weight)}) }`);
    expect(problems).toEqual([expect.stringMatching(/Query\.heavy: @cost\(weight: .*\) is not a weight: a string/)]);
  });

  it.each([
    ['type Query { f(a: Int @cost(weight: "-1")): Int }', 'Query.f(a:): @cost'],
    ['input I { a: Int @cost(weight: "x") } type Query { f(i: I): Int }', 'I.a: @cost'],
    ['enum E @cost(weight: "-2") { A } type Query { f: E }', 'E: @cost'],
    ['scalar S @cost(weight: "-2") type Query { f: S }', 'S: @cost'],
    ['type T @cost(weight: "-2") { a: Int } type Query { f: T }', 'T: @cost'],
    [
      'type T @cost(weight: "2") { a: Int } extend type T @cost(weight: "3") type Query { f: T }',
      'T: @cost stands here 2',
    ],
    ['interface I { a: Int @cost(weight: "2") } type Query { f: I }', 'I.a: @cost on a field of an interface'],
    ['type Query { f: Int @listSize(assumedSize: 5) }', 'Query.f: @listSize on a field that is not a list'],
    ['type Query { f: [Int] @listSize(assumedSize: -5) }', 'Query.f: @listSize(assumedSize:) is not'],
    ['type Query { f: [Int] @listSize(slicingArguments: ["n"]) }', 'Query.f: @listSize names the slicing argument "n"'],
    ['type Query { f(n: [Int]): [Int] @listSize(slicingArguments: ["n"]) }', 'Query.f: @listSize names the slicing'],
    [
      'type Query { f(n: I): [Int] @listSize(slicingArguments: ["n.b"]) } input I { a: Int }',
      'Query.f: @listSize names the',
    ],
    ['type Query { f: T @listSize(assumedSize: 3, sizedFields: ["b"]) } type T { a: [Int] }', 'sized field "b"'],
    ['type Query { f: T @listSize(assumedSize: 3, sizedFields: ["a"]) } type T { a: Int }', 'sized field "a"'],
  ])('by %s', (sdl, problem) => {
    expect(problemsOf(sdl)).toEqual([expect.stringContaining(problem)]);
  });

  it('by all problems at once, each with its line', () => {
    const problems = problemsOf('type Query {\n a: Int @cost(weight: "-1")\n b: Int @cost(weight: "-1") }');
    expect(problems).toEqual([
      expect.stringMatching(/^GraphQL request:\d+ Query\.a: /),
      expect.stringMatching(/^GraphQL request:\d+ Query\.b: /),
    ]);
  });
});

describe('a weight', () => {
  it.each(['0', '1', '2.5', '1000000000', '0.000000001'])('may be %s', (weight) => {
    expect(problemsOf(`type Query { f: Int @cost(weight: "${weight}") }`)).toEqual([]);
    const cost = createCost(schemaOf(`type Query { f: Int @cost(weight: "${weight}") }`));
    expect(cost('{ f }').cost).toBeCloseTo(1 + Number(weight) + 0.1, 9);
  });

  it('is read from a schema made in code, in both forms', () => {
    for (const directives of [
      { cost: { weight: '7' } },
      { cost: [{ weight: '7' }] },
      [{ name: 'cost', args: { weight: '7' } }],
    ]) {
      const schema = new GraphQLSchema({
        query: new GraphQLObjectType({
          name: 'Query',
          fields: { f: { type: GraphQLInt, extensions: { directives } } },
        }),
      });
      expect(createCost(schema)('{ f }').cost).toBeCloseTo(8.1, 9);
    }
  });

  it('of a schema made in code stops the start too when it is negative', () => {
    const schema = new GraphQLSchema({
      query: new GraphQLObjectType({
        name: 'Query',
        fields: { f: { type: GraphQLInt, extensions: { directives: { cost: { weight: '-7' } } } } },
      }),
    });
    expect(() => readPrices(schema)).toThrow(/^Query\.f: @cost/);
  });
});
