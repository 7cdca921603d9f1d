import { makeExecutableSchema } from '@graphql-tools/schema';
import { buildASTSchema, concatAST, getNamedType, isCompositeType, isInterfaceType, isObjectType } from 'graphql';
import { describe, expect, it } from 'vitest';
import { createAuthorization } from '../../../src/authorization/authorization.js';
import { readPrices } from '../../../src/graphql/cost/field-prices.js';
import { dimensionsOf } from '../../../src/graphql/cost/list-sizes.js';
import { readSchemaFiles } from '../../../src/graphql/schema/schema-files.js';
import { directives } from '../../authorization/harness.js';

describe('in the schema of the sample', () => {
  const schema = buildASTSchema(concatAST(readSchemaFiles(new URL('../../../schema/expenses/', import.meta.url))));
  const prices = readPrices(schema);
  const objects = Object.values(schema.getTypeMap()).filter(
    (type) => isObjectType(type) && !type.name.startsWith('__'),
  );
  const fields = objects.flatMap((type) =>
    isObjectType(type) ? Object.values(type.getFields()).map((field) => ({ type, field })) : [],
  );

  it('every list of objects declares its size, on the list or on the field of its page', () => {
    const sized = fields.flatMap(({ type, field }) =>
      prices.fieldsOf(type, field.name).flatMap(({ size }) => {
        const pages = [...(size?.sizedFields ?? [])].map((page) => `${getNamedType(field.type)}.${page}`);
        return size ? [`${type.name}.${field.name}`, ...pages] : [];
      }),
    );
    const lists = fields
      .filter(({ field }) => dimensionsOf(field.type) > 0 && isCompositeType(getNamedType(field.type)))
      .map(({ type, field }) => `${type.name}.${field.name}`);
    expect(lists).toContain('ExpenseReport.items');
    expect(lists.filter((coordinate) => !sized.includes(coordinate))).toEqual([]);
  });
});

describe('the price of', () => {
  const schema = makeExecutableSchema({
    typeDefs: [
      directives,
      `type Query { plain: Int @public computed: Int @public declared: Int @public @cost(weight: "7")
         judged: Thing @policy(policies: [["a", "b"], ["a", "c"]]) priced: Int @policy(policies: [["a"]]) @cost(weight: "7")
         leaf: Int @policy(policies: [["a"]]) owned: Owned @authenticated }
       type Thing { id: Int } type Owned @policy(policies: [["a"]]) { id: Int }`,
    ],
    resolvers: { Query: { computed: () => 1, declared: () => 1 } },
  });
  const allow = () => true;
  const { requirements } = createAuthorization({ schema, policies: { a: allow, b: allow, c: allow } });
  const prices = readPrices(schema, requirements);
  const query = schema.getQueryType();
  const priceOf = (name: string) => (query ? prices.fieldsOf(query, name)[0] : undefined);

  it.each([
    ['a leaf of its object', 'plain', 0, 0.1],
    ['a leaf with a resolver', 'computed', 0.2, 0.1],
    ['a leaf with a resolver and a weight of its own', 'declared', 7, 0.1],
    ['a field with three policies', 'judged', 7, 1],
    ['a field with a policy and a weight of its own', 'priced', 7, 0.1],
    ['a leaf with a policy', 'leaf', 2, 0.1],
    ['an object with a policy', 'owned', 1, 3],
  ])('%s', (_what, name, weight, itemWeight) => {
    expect(priceOf(name)).toMatchObject({ weight, itemWeight });
  });

  it('a field of an interface is the highest price of its types and not the sum', () => {
    const typesOf = (name: string, policy: string) =>
      `type ${name} implements I { things: [Int] @policy(policies: [["${policy}"]]) }`;
    const text = `type Query { i: I @authenticated } interface I { things: [Int] @listSize(assumedSize: 2) }
      ${typesOf('A', 'a')} ${typesOf('B', 'b')} ${typesOf('C', 'c')}`;
    const ofInterface = makeExecutableSchema({ typeDefs: [directives, text] });
    const rules = createAuthorization({ schema: ofInterface, policies: { a: allow, b: allow, c: allow } }).requirements;
    const type = ofInterface.getType('I');
    const found = isInterfaceType(type) ? readPrices(ofInterface, rules).fieldsOf(type, 'things') : [];
    expect(Math.max(...found.map(({ weight }) => weight))).toBe(2);
  });

  it('policies is zero if the rules are not known', () => {
    const [price] = query ? readPrices(schema).fieldsOf(query, 'judged') : [];
    expect(price?.weight).toBe(1);
  });
});
