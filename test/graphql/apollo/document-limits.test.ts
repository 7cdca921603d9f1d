import { buildSchema, executeSync, GraphQLError, parse, specifiedRules, validate } from 'graphql';
import { describe, expect, it } from 'vitest';
import { createDescribeLimit } from '../../../src/config/limit-error.js';
import { defaultLimits } from '../../../src/config/limits.js';
import { createDocumentLimits } from '../../../src/graphql/apollo/document-limits.js';

const limits = createDocumentLimits(defaultLimits, createDescribeLimit(defaultLimits, true));
const many = (count: number, text: (at: number) => string) =>
  Array.from({ length: count }, (_, at) => text(at)).join(' ');

it('a bound keeps its code, and so does an error of a resolver that names a limit', async () => {
  const [ofBound, ofResolver] = ['GRAPHQL_VALIDATION_FAILED', 'RATE_LIMITED'].map(
    (code) => new GraphQLError('over the limit', { extensions: { code, limit: { name: 'callerQueue' } } }),
  );
  const request = await limits.plugin.requestDidStart?.(Object({}));
  await request?.didEncounterErrors?.(Object({ errors: [ofBound, ofResolver] }));
  expect([ofBound, ofResolver].map((error) => error?.extensions.code)).toEqual(['LIMIT_EXCEEDED', 'RATE_LIMITED']);
});

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
  const fields = 20_000;
  const text = `{ ${'x '.repeat(fields)} }`;
  let read = 0;
  const document = parse(text, { noLocation: true });
  const [operation] = document.definitions;
  if (operation?.kind !== 'OperationDefinition') throw new Error('no operation');
  for (const selection of operation.selectionSet.selections) {
    const value = Reflect.get(selection, 'arguments');
    Object.defineProperty(selection, 'arguments', {
      get() {
        read += 1;
        return value;
      },
    });
  }
  const errors = validate(schema, document, [...specifiedRules, ...limits.validationRules]);
  expect(errors[0]?.extensions).toMatchObject({ code: 'LIMIT_EXCEEDED', limit: { name: 'documentFieldPairs' } });
  // They are looked at once to be measured. To compare two fields looks at both.
  expect(read).toBe(fields);
});

describe('a bound of graphql-js itself', () => {
  const introspect = (lists: number) => parse(`{ __schema { types { ${nested(lists)} } } }`);
  const nested = (lists: number): string => (lists === 0 ? 'name' : `fields { type { ${nested(lists - 1)} } }`);
  const schema = buildSchema('type Query { x: Int }');
  const refuse = async (document: ReturnType<typeof parse>) => {
    const errors = [...validate(schema, document)];
    const listener = await limits.plugin.requestDidStart?.(Object());
    const ended = await listener?.validationDidStart?.(Object({ document }));
    if (typeof ended === 'function') await ended(errors);
    return errors;
  };

  it('on introspection has its row and the form of every limit', async () => {
    const most = defaultLimits.introspectionDepth;
    expect(await refuse(introspect(most))).toEqual([]);
    const errors = await refuse(introspect(most + 1));
    expect(errors).toHaveLength(1);
    expect(errors[0]?.extensions).toEqual({
      code: 'LIMIT_EXCEEDED',
      limit: { name: 'introspectionDepth', maximum: most },
    });
  });

  it('on comparing fields has its row and the form of every limit', async () => {
    const errors: GraphQLError[] = [new GraphQLError('x'), new GraphQLError('Validation aborted.')];
    const listener = await limits.plugin.requestDidStart?.(Object());
    const ended = await listener?.validationDidStart?.(Object({ document: parse('{ x }') }));
    if (typeof ended === 'function') await ended(errors);
    expect(errors.map(({ extensions }) => extensions)).toEqual([
      {
        code: 'LIMIT_EXCEEDED',
        limit: { name: 'documentComparisons', maximum: defaultLimits.documentComparisons },
      },
    ]);
  });

  it('on comparing fields is reached by one more equal field than is allowed', async () => {
    // Each pair of equal fields is two steps. Our own bound on pairs comes before that of graphql-js.
    const most = Math.floor((1 + Math.sqrt(1 + 4 * defaultLimits.documentComparisons)) / 2);
    const open = { ...defaultLimits, documentFieldPairs: 800_000 };
    const { validate } = createDocumentLimits(open, createDescribeLimit(open, true));
    const errorsOf = (fields: number) => validate(schema, parse(`{ ${'x '.repeat(fields)} }`));
    expect(errorsOf(most)).toEqual([]);
    expect(errorsOf(most + 1).map(({ extensions }) => extensions.limit)).toMatchObject([
      { name: 'documentComparisons', maximum: defaultLimits.documentComparisons },
    ]);
  });

  it('on the errors of variables has its row', () => {
    const most = defaultLimits.coercionErrors;
    const errorsOf = (names: number) => {
      const variables = Array.from({ length: names }, (_, at) => `$v${at}: Int!`).join(' ');
      const result = executeSync({ schema, document: parse(`query (${variables}) { x }`) });
      return result.errors?.map(({ message }) => message) ?? [];
    };
    expect(errorsOf(most).filter((message) => message.includes('error limit reached'))).toEqual([]);
    expect(errorsOf(most)).toHaveLength(most);
    expect(errorsOf(most + 5)).toHaveLength(most + 1);
    expect(errorsOf(most + 5).at(-1)).toContain('error limit reached');
  });
});
