import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { outcome, startApi, type TestApi } from '../../support/api.js';

const SCHEMA = '{ __schema { queryType { name } } }';
const NESTED = 'query { ...hidden } fragment hidden on Query { __type(name: "Query") { fields { name } } }';
const TYPO = '{ serverInf { name } }';

describe.each([
  ['public', '200', '200', true, true],
  ['authenticated', '401 UNAUTHENTICATED', '200', false, true],
  ['off', '400 GRAPHQL_VALIDATION_FAILED', '400 GRAPHQL_VALIDATION_FAILED', false, false],
] as const)('GRAPHQL_INTROSPECTION=%s', (setting, forNobody, forErin, namesForNobody, namesForErin) => {
  let api: TestApi;
  beforeAll(async () => {
    api = await startApi({ GRAPHQL_INTROSPECTION: setting });
  });
  afterAll(() => api.close());

  it.each([
    ['nobody', undefined, forNobody],
    ['erin', 'erin', forErin],
  ])('introspection by %s', async (_name, caller, expected) => {
    for (const document of [SCHEMA, NESTED]) expect(outcome(await api.query(caller, document))).toBe(expected);
  });

  it.each([
    ['nobody', undefined, namesForNobody],
    ['erin', 'erin', namesForErin],
  ])('names suggested to %s', async (_name, caller, expected) => {
    const { body } = await api.query(caller, TYPO);
    expect(body.errors?.some(({ message }) => message.includes('serverInfo'))).toBe(expected);
  });
});
