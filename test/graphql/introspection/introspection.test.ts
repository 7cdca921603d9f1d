import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
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

  it('me.access names what is denied where the schema is known anyway', async () => {
    const { body } = await api.query('erin', '{ me { access { decision } } }');
    const decisions = body.data?.me.access.map(({ decision }: { decision: string }) => decision);
    expect(new Set(decisions)).toEqual(new Set(['ALLOWED', 'DEPENDS', ...(namesForErin ? ['DENIED'] : [])]));
  });
});

describe('what introspection says of rules', () => {
  let api: TestApi;
  const RULES = '{ __type(name: "ExpenseReport") { fields { name description } } }';
  const descriptionOf = async (name: string) => {
    const { body } = await api.query('erin', RULES);
    const fields: { name: string; description: string }[] = body.data.__type.fields;
    return fields.find((field) => field.name === name)?.description;
  };
  afterEach(() => api.close());

  it('ends the description of a field', async () => {
    api = await startApi();
    expect(await descriptionOf('auditTrail')).toMatch(/\.\n\nNeeds scope .*, and role Expenses\.Auditor\.$/);
  });

  it('is left out where hints are off', async () => {
    api = await startApi({ AUTHORIZATION_HINTS: 'off' });
    expect(await descriptionOf('auditTrail')).not.toContain('Expenses.Auditor');
  });
});
