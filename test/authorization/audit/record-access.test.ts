import { makeExecutableSchema } from '@graphql-tools/schema';
import { GraphQLError, graphql, parse, subscribe } from 'graphql';
import { describe, expect, it } from 'vitest';
import { type Access, recordsAccess, withAccessRecord } from '../../../src/authorization/audit/record-access.js';

const typeDefs = `
  directive @audited(reason: String!) on FIELD_DEFINITION
  type Query {
    one: Thing @audited(reason: "R")
    list: [Thing] @audited(reason: "R")
    edges: Page @audited(reason: "R")
    nodes: Page @audited(reason: "R")
    payload: Payload @audited(reason: "R")
    text: String @audited(reason: "R")
    nothing: Thing @audited(reason: "R")
    plain: Thing
    throws: String @audited(reason: "R")
    denied: String @audited(reason: "R")
    returnsDenial: String @audited(reason: "R")
    throwsText: String @audited(reason: "R")
  }
  type Subscription { changed: Thing @audited(reason: "R") }
  type Thing { id: ID secret: String @audited(reason: "Of the thing") }
  type Page { edges: [Edge] nodes: [Thing] }
  type Edge { node: Thing }
  type Payload { thing: Thing count: Int }
`;
const thing = (id: string) => ({ id, secret: 'secret' });
const denial = () => new GraphQLError('denied', { extensions: { code: 'FORBIDDEN' } });
const schema = makeExecutableSchema({
  typeDefs,
  resolvers: {
    Subscription: {
      changed: {
        async *subscribe() {
          yield { changed: thing('1') };
          yield { changed: thing('2') };
        },
      },
    },
    Query: {
      one: () => thing('1'),
      list: () => [thing('1'), thing('2'), null],
      edges: () => ({ edges: [{ node: thing('1') }, { node: thing('2') }] }),
      nodes: () => ({ nodes: [thing('3')] }),
      payload: () => ({ thing: thing('1'), count: 1 }),
      text: () => 'text',
      nothing: () => null,
      plain: async () => thing('9'),
      throws: () => Promise.reject(new Error('broken')),
      denied: () => Promise.reject(denial()),
      returnsDenial: () => denial(),
      throwsText: () => Promise.reject('text'),
    },
  },
});

async function run(query: string, record?: (access: Access) => Promise<void>) {
  const recorded: Access[] = [];
  const recording = withAccessRecord(schema, async (access: Access) => {
    recorded.push(access);
    await record?.(access);
  });
  const { data, errors } = await graphql({ schema: recording, source: query });
  return { recorded, data: { ...data }, errors };
}

describe('an audited field of a subscription', () => {
  it('is recorded for each event, with its object', async () => {
    const recorded: Access[] = [];
    const recording = withAccessRecord(schema, async (access: Access) => void recorded.push(access));
    const events = await subscribe({ schema: recording, document: parse('subscription Watch { changed { id } }') });
    if (!(Symbol.asyncIterator in events)) throw new TypeError('It was not opened');
    for await (const { errors } of events) expect(errors).toBeUndefined();
    const use = { coordinate: 'Subscription.changed', reason: 'R', outcome: 'GRANTED', operation: 'Watch' };
    expect(recorded).toEqual([
      { ...use, rows: ['1'] },
      { ...use, rows: ['2'] },
    ]);
  });
});

describe('a use of an audited field', () => {
  it('is recorded with the ids of what it returns', async () => {
    const { recorded } = await run(
      'query Mine { one { id } list { id } edges { nodes { id } } nodes { nodes { id } } payload { count } text nothing { id } }',
    );
    expect(recorded.map(({ coordinate, rows }) => [coordinate, rows]).sort()).toEqual([
      ['Query.edges', ['1', '2']],
      ['Query.list', ['1', '2']],
      ['Query.nodes', ['3']],
      ['Query.nothing', []],
      ['Query.one', ['1']],
      ['Query.payload', ['1']],
      ['Query.text', []],
    ]);
    expect(recorded[0]).toMatchObject({ reason: 'R', outcome: 'GRANTED', operation: 'Mine' });
  });

  it('is recorded with the id of the object that has the field', async () => {
    const { recorded } = await run('{ plain { secret } }');
    expect(recorded).toEqual([
      { coordinate: 'Thing.secret', reason: 'Of the thing', outcome: 'GRANTED', rows: ['9'], operation: undefined },
    ]);
  });

  it.each(['throws', 'throwsText'])('is recorded when it fails: %s', async (field) => {
    const { recorded, errors } = await run(`{ ${field} }`, () => Promise.reject(new Error('no record')));
    expect(recorded).toMatchObject([{ outcome: 'FAILED' }]);
    expect(errors?.[0]?.message).not.toMatch(/no record/);
  });

  it.each(['denied', 'returnsDenial'])('is not recorded here when it is denied: %s', async (field) => {
    const { recorded, errors } = await run(`{ ${field} }`);
    expect([recorded, errors?.[0]?.message]).toEqual([[], 'denied']);
  });

  it('shows nothing when it cannot be recorded', async () => {
    const { data, errors } = await run('{ text }', () => Promise.reject(new Error('no record')));
    expect([data, errors?.[0]?.message]).toEqual([{ text: null }, 'no record']);
  });
});

it('a schema without audited fields stays as it is', () => {
  const plain = makeExecutableSchema({ typeDefs: 'type Query { a: Int }' });
  expect(withAccessRecord(plain, async () => undefined)).toBe(plain);
  expect(recordsAccess(plain)).toBe(true);
});

it('a schema says whether its audited fields are recorded', () => {
  expect(recordsAccess(schema)).toBe(false);
  expect(recordsAccess(withAccessRecord(schema, async () => undefined))).toBe(true);
});
