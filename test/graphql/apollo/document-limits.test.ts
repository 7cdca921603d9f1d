import { buildSchema, parse, specifiedRules, validate } from 'graphql';
import { describe, expect, it } from 'vitest';
import { createDescribeLimit } from '../../../src/config/limit-error.js';
import { defaultLimits } from '../../../src/config/limits.js';
import { createDocumentLimits } from '../../../src/graphql/apollo/document-limits.js';

const limits = createDocumentLimits(defaultLimits, createDescribeLimit(defaultLimits, true));
const many = (count: number, text: (at: number) => string) =>
  Array.from({ length: count }, (_, at) => text(at)).join(' ');

describe('a document just inside and just outside', () => {
  it.each([
    ['operationDepth', 12, (n: number) => `{ ${'a { '.repeat(n - 1)} x ${'} '.repeat(n - 1)} }`],
    ['operationAliases', 200, (n: number) => `{ ${many(n, (at) => `a${at}: x`)} }`],
    ['operationDirectives', 50, (n: number) => `{ ${many(n, (at) => `x${at} @skip(if: false)`)} }`],
    ['documentFragments', 100, (n: number) => `{ x } ${many(n, (at) => `fragment F${at} on Query { x }`)}`],
  ] as const)('%s', (name, most, document) => {
    expect(defaultLimits[name]).toBe(most);
    expect(limits.check(parse(document(most)))).toBeUndefined();
    expect(limits.check(parse(document(most + 1)))).toMatchObject({
      extensions: { code: 'LIMIT_EXCEEDED', limit: { name, asked: most + 1 } },
    });
  });

  it('documentFieldPairs', () => {
    expect(limits.check(parse(`{ ${'x '.repeat(316)} }`))).toBeUndefined();
    expect(limits.check(parse(`{ ${'x '.repeat(317)} }`))?.extensions.limit).toMatchObject({
      name: 'documentFieldPairs',
      asked: 50_086,
    });
  });
});

it('validation stops before it compares anything', () => {
  const schema = buildSchema('type Query { x: Int a: Query }');
  const text = `{ ${'x '.repeat(20_000)} }`;
  let compared = 0;
  const document = parse(text, { noLocation: true });
  const [operation] = document.definitions;
  if (operation?.kind !== 'OperationDefinition') throw new Error('no operation');
  for (const selection of operation.selectionSet.selections) {
    const value = Reflect.get(selection, 'arguments');
    Object.defineProperty(selection, 'arguments', {
      get() {
        compared += 1;
        return value;
      },
    });
  }
  const errors = validate(schema, document, [...specifiedRules, ...limits.validationRules]);
  expect(errors[0]?.extensions).toMatchObject({ code: 'LIMIT_EXCEEDED', limit: { name: 'documentFieldPairs' } });
  expect(compared).toBe(0);
});
