import { composeServices } from '@apollo/composition';
import { parse } from 'graphql';
import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { formatGlobalId } from '../../../src/expenses/global-id.js';
import { findPersona } from '../../../src/expenses/sample-data/personas.js';
import { type Answer, outcome, type SignIn, startApi, type TestApi } from '../../support/api.js';
import { openSuperuser } from '../../support/database.js';
import { insertReport } from '../../support/sample-report.js';

const ENTITIES = `query Entities($of: [_Any!]!) {
  _entities(representations: $of) {
    __typename
    ... on ExpenseReport { title riskScore }
    ... on Employee { name bankAccount { iban } }
  }
}`;
const NAMES = `query Names($of: [_Any!]!) { _entities(representations: $of) {
  ... on ExpenseReport { title } ... on Employee { name } } }`;
const erin = findPersona('erin');
const mia = findPersona('mia');
const employee = (id: string) => ({ __typename: 'Employee', id: formatGlobalId('Employee', id) });

let api: TestApi;
let superuser: pg.Client;
let report: Readonly<Record<string, string>>;
beforeAll(async () => {
  api = await startApi({
    FEDERATION: 'subgraph',
    GRAPHQL_INTROSPECTION: 'authenticated',
    LIMIT_ENTITY_REPRESENTATIONS: '4',
  });
  superuser = await openSuperuser(api.database);
  const { tenantId, objectId: authorId } = erin;
  const id = await insertReport(superuser, { tenantId, authorId, status: 'DRAFT', title: 'A draft of Erin' });
  report = { __typename: 'ExpenseReport', id: formatGlobalId('ExpenseReport', id) };
});
afterAll(async () => {
  await superuser.end();
  await api.close();
});

const find = (signIn: SignIn, of: readonly unknown[], query = NAMES) => api.query(signIn, query, { of });
const entitiesOf = ({ body }: Answer) => body.data?._entities;
const codesOf = ({ body }: Answer) =>
  (body.errors ?? []).map(({ path, extensions }) => [path?.join('.'), extensions.code]);

describe('the schema for composition', () => {
  const SDL = '{ _service { sdl } }';

  it.each(['erin', 'export-job'])('is given to %s, and composes', async (signIn) => {
    const { body } = await api.query(signIn, SDL);
    const { sdl } = body.data._service;
    expect(sdl).toContain(
      'extend schema @link(url: "https://specs.apollo.dev/federation/v2.3", import: ["@key", "@shareable"])',
    );
    expect(sdl).toContain('type Employee implements Node @key(fields: "id")');
    expect(sdl).not.toMatch(/_entities|_Any|directive @key/);
    const { supergraphSdl, errors } = composeServices([{ name: 'expenses', typeDefs: parse(sdl) }]);
    expect(errors).toBeUndefined();
    expect(supergraphSdl).not.toContain('requiresScopes');
  });

  it('is closed to an anonymous caller where introspection is', async () => {
    expect(outcome(await api.query(undefined, SDL))).toBe('401 UNAUTHENTICATED');
  });

  it.each([
    ['once more', '{ _service { sdl } again: _service { sdl } }', 'introspections'],
    ['under an alias', '{ _service { again: sdl } }', 'introspectionAliases'],
  ])('is answered once in an operation, and not %s', async (_name, query, name) => {
    const { status, body } = await api.query('erin', query);
    expect([status, body.errors?.[0]?.extensions.limit]).toEqual([400, expect.objectContaining({ name })]);
  });
});

describe('entities', () => {
  it('are found by their keys, each in its place', async () => {
    const answer = await find('erin', [report, employee(mia.objectId), report]);
    expect(entitiesOf(answer)).toEqual([
      { title: 'A draft of Erin' },
      { name: mia.displayName },
      { title: 'A draft of Erin' },
    ]);
    expect(answer.body.errors).toBeUndefined();
  });

  it.each<[SignIn, boolean]>([
    ['erin', true],
    ['ada', true],
    ['export-job', true],
    ['mia', false],
    ['finn', false],
    ['gus', false],
  ])('are rows that row-level security shows: %s sees the draft of Erin: %s', async (signIn, sees) => {
    const answer = await find(signIn, [report]);
    expect(entitiesOf(answer)).toEqual([sees ? { title: 'A draft of Erin' } : null]);
    expect(answer.body.errors).toBeUndefined();
  });

  it('have fields that rules and policies decide', async () => {
    const answer = await find('erin', [report, employee(mia.objectId)], ENTITIES);
    expect(entitiesOf(answer)).toMatchObject([
      { title: 'A draft of Erin', riskScore: null },
      { name: mia.displayName, bankAccount: null },
    ]);
    expect(codesOf(answer)).toEqual(
      expect.arrayContaining([
        ['_entities.0.riskScore', 'FORBIDDEN'],
        ['_entities.1.bankAccount', 'FORBIDDEN'],
      ]),
    );
    expect(codesOf(answer)).toHaveLength(2);
  });

  it('show a field to those who may see it', async () => {
    const answer = await find('finn+c1', [employee(mia.objectId)], ENTITIES);
    expect(entitiesOf(answer)).toMatchObject([{ bankAccount: { iban: expect.stringMatching(/^[A-Z]{2}/) } }]);
    expect(answer.body.errors).toBeUndefined();
  });

  it('ask for a step-up with its claims', async () => {
    const { body } = await find('finn', [employee(erin.objectId)], ENTITIES);
    expect(body.errors).toMatchObject([
      { path: ['_entities', 0, 'bankAccount'], extensions: { code: 'INSUFFICIENT_CLAIMS', acr_values: 'c1' } },
    ]);
  });

  it('are closed to an anonymous caller', async () => {
    expect(outcome(await find(undefined, [report]))).toBe('401 UNAUTHENTICATED');
  });

  it('are not what a caller writes into a representation', async () => {
    const made = { ...employee(mia.objectId), name: 'Nobody', objectId: erin.objectId, managerId: erin.objectId };
    const answer = await find('erin', [made], ENTITIES);
    expect(entitiesOf(answer)).toMatchObject([{ name: mia.displayName, bankAccount: null }]);
    expect(codesOf(answer)).toEqual([['_entities.0.bankAccount', 'FORBIDDEN']]);
  });

  it.each([
    ['a report under the name of an employee', () => ({ ...report, __typename: 'Employee' }), null],
    ['an id that is not a text', () => ({ __typename: 'Employee', id: { a: 1 } }), null],
    ['no id', () => ({ __typename: 'Employee' }), null],
    ['a type without a key', () => ({ __typename: 'BankAccount', id: '1' }), 'an error'],
    ['a type that is not there', () => ({ __typename: '__proto__' }), 'an error'],
    ['no type', () => ({}), 'an error'],
    ['no object', () => 7, 'an error'],
  ])('are absent for %s, and the others stay', async (_title, representation, expected) => {
    const answer = await find('finn+c1', [representation(), employee(mia.objectId)]);
    expect(entitiesOf(answer)).toEqual([null, { name: mia.displayName }]);
    expect(codesOf(answer)).toEqual(expected === null ? [] : [['_entities.0', 'BAD_USER_INPUT']]);
  });

  it('are at most as many as the limit says', async () => {
    const of = (count: number) => Array.from({ length: count }, () => employee(mia.objectId));
    expect(entitiesOf(await find('erin', of(4)))).toHaveLength(4);
    const { body } = await find('erin', of(5));
    expect(body.data ?? null).toBeNull();
    expect(body.errors).toMatchObject([
      { extensions: { code: 'LIMIT_EXCEEDED', limit: { name: 'entityRepresentations', maximum: 4, asked: 5 } } },
    ]);
  });

  it('write their audited fields into the access record', async () => {
    await find('finn+c1', [employee(mia.objectId)], ENTITIES);
    const { rows } = await superuser.query(
      'select * from access_entries where operation = $1 order by id desc limit 1',
      ['Entities'],
    );
    expect(rows).toMatchObject([{ coordinate: 'Employee.bankAccount', outcome: 'GRANTED', row_ids: [mia.objectId] }]);
  });
});
