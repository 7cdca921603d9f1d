import { makeExecutableSchema } from '@graphql-tools/schema';
import { buildSchema, parse, validate } from 'graphql';
import { describe, expect, it } from 'vitest';
import { createFieldQueries } from '../../../src/explorer/permissions/field-queries.js';
import { readSchemaFiles } from '../../../src/graphql/schema/schema-files.js';

const schema = buildSchema(`
  type Query { a: Int one(id: ID!): T node(id: ID!): Node in(in: In): Int }
  type Mutation { change(id: ID!, to: Int!): Changed }
  type Subscription { changed: T }
  interface Node { id: ID }
  type T implements Node { id: ID n(id: Int!, more: Int): Int u: U }
  type Hidden implements Node { id: ID deep: Int }
  type Changed { t: Alone }
  type Alone { x: Int }
  type Nowhere { x: Int }
  union U = T | Only
  type Only { t: T }
  input In { x: Int }
`);
const queryOf = createFieldQueries(schema);
const inOneLine = (coordinate: string) => queryOf(coordinate)?.replace(/\s+/g, ' ').trim();

describe('the query for a field', () => {
  it.each([
    ['Query.a', 'query { a }'],
    ['Query.one', 'query ($id: ID!) { one(id: $id) { id } }'],
    ['T.n', 'query ($id: ID!, $id2: Int!) { one(id: $id) { n(id: $id2) } }'],
    ['T.n(more:)', 'query ($id: ID!, $id2: Int!, $more: Int) { one(id: $id) { n(id: $id2, more: $more) } }'],
    ['Query.in(in:)', 'query ($in: In) { in(in: $in) }'],
    ['Node.id', 'query ($id: ID!) { node(id: $id) { id } }'],
    ['Hidden.deep', 'query ($id: ID!) { node(id: $id) { ... on Hidden { deep } } }'],
    ['T.u', 'query ($id: ID!) { one(id: $id) { u { __typename } } }'],
    ['Alone.x', 'mutation ($id: ID!, $to: Int!) { change(id: $id, to: $to) { t { x } } }'],
    ['Subscription.changed', 'subscription { changed { id } }'],
  ])('%s', (coordinate, expected) => {
    expect(inOneLine(coordinate)).toBe(expected);
    expect(validate(schema, parse(expected))).toEqual([]);
  });

  it.each(['Nowhere.x', 'In.x', 'Query.none', 'None.x', ''])('there is none for %j', (coordinate) => {
    expect(queryOf(coordinate)).toBeUndefined();
  });

  it('is valid for every field of the sample', () => {
    const sample = makeExecutableSchema({
      typeDefs: readSchemaFiles(new URL('../../../schema/expenses/', import.meta.url)),
    });
    const ofSample = createFieldQueries(sample);
    const types = Object.values(sample.getTypeMap()).filter(({ name }) => !name.startsWith('__'));
    const coordinates = types.flatMap((type) =>
      'getFields' in type ? Object.keys(type.getFields()).map((name) => `${type.name}.${name}`) : [],
    );
    const queries = coordinates.flatMap((coordinate) => ofSample(coordinate) ?? []);
    expect(queries.length).toBeGreaterThan(100);
    for (const query of queries) expect([query, validate(sample, parse(query))]).toEqual([query, []]);
  });
});
