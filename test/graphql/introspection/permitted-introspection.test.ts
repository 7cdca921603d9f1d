import { getIntrospectionQuery } from 'graphql';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createApp } from '../../../src/app.js';
import { outcome, type SignIn, startApi, type TestApi } from '../../support/api.js';
import { loadTestConfig } from '../../support/config.js';
import { openClient, socketUrl, tokenOf } from '../../support/sockets.js';

const READ = '{ __schema { types { name fields { name args { name } } inputFields { name } enumValues { name } } } }';

interface ReadType {
  readonly name: string;
  readonly fields: readonly { readonly name: string; readonly args: readonly { readonly name: string }[] }[] | null;
  readonly inputFields: readonly { readonly name: string }[] | null;
}

/** Coordinates of what an introspection shows, and the names of types. */
function shownIn(types: readonly ReadType[]): ReadonlySet<string> {
  const own = types.filter(({ name }) => !name.startsWith('__'));
  return new Set(
    own.flatMap(({ name, fields, inputFields }) => [
      name,
      ...(inputFields ?? []).map((field) => `${name}.${field.name}`),
      ...(fields ?? []).flatMap((field) => [
        `${name}.${field.name}`,
        ...field.args.map((argument) => `${name}.${field.name}(${argument.name}:)`),
      ]),
    ]),
  );
}

let api: TestApi;
beforeAll(async () => {
  api = await startApi({ GRAPHQL_INTROSPECTION: 'permitted' });
});
afterAll(() => api.close());

describe('GRAPHQL_INTROSPECTION=permitted', () => {
  const shownTo = async (signIn: SignIn) => {
    const { body } = await api.query(signIn, READ);
    return shownIn(body.data.__schema.types);
  };
  const messagesTo = async (signIn: SignIn, query: string, variables?: Record<string, unknown>) => {
    const answer = await api.query(signIn, query, variables);
    return [outcome(answer), ...(answer.body.errors ?? []).map(({ message }) => message)];
  };

  it('shows each caller the elements that it may use', async () => {
    const [anonymous, erin, ada] = [await shownTo(undefined), await shownTo('erin'), await shownTo('ada')];
    expect([...anonymous]).toEqual(expect.arrayContaining(['Query.serverInfo']));
    expect(anonymous).not.toContain('Query.me');
    expect(anonymous).not.toContain('ExpenseReport');
    expect(anonymous).not.toContain('Mutation');
    expect(erin).toContain('Mutation.createExpenseReport');
    for (const closed of [
      'ExpenseReport.riskScore',
      'ExpenseReportFilter.includeDeleted',
      'Query.accessEntries',
      'AccessEntry',
      'AccessOutcome',
      'Query.expenseReports(authorId:)',
    ]) {
      expect(erin).not.toContain(closed);
      expect(ada).toContain(closed);
    }
    expect(ada).not.toContain('Mutation.createExpenseReport');
  });

  it('shows what a policy or a step-up decides', async () => {
    const erin = await shownTo('erin');
    expect(erin).toContain('Employee.bankAccount');
    expect(erin).toContain('Mutation.editExpenseReport');
  });

  it('shows by `__type` what the schema has for the caller', async () => {
    const document = '{ __type(name: "AccessEntry") { name } __typename }';
    expect((await api.query('erin', document)).body.data).toEqual({ __type: null, __typename: 'Query' });
    expect((await api.query('ada', document)).body.data.__type).toEqual({ name: 'AccessEntry' });
  });

  it('answers the query of tools, again and again, for one caller after the other', async () => {
    for (const signIn of ['erin', 'ada', 'erin', undefined, 'ada']) {
      const { body } = await api.query(signIn, getIntrospectionQuery());
      const names: readonly string[] = body.data.__schema.types.map(({ name }: { name: string }) => name);
      expect(names.includes('AccessEntry')).toBe(signIn === 'ada');
    }
  });

  it('shows the same over WebSocket', async () => {
    const url = await socketUrl(api);
    for (const signIn of ['erin', 'ada']) {
      const client = openClient(url, await tokenOf(api, signIn));
      const { data } = await client.ask(READ);
      await client.dispose();
      expect(shownIn(data.__schema.types)).toEqual(await shownTo(signIn));
    }
  });

  it('does not mix the schema of a caller with data', async () => {
    const mixed = 'query { ...both } fragment both on Query { __schema { queryType { name } } serverInfo { name } }';
    expect(await messagesTo('erin', mixed)).toEqual([
      '400 BAD_REQUEST',
      'Ask for __schema and __type in an operation without other fields.',
    ]);
  });

  it.each([
    ['a hidden field', '{ accessEntries { nope } }', '{ accessEntriez { nope } }', 'accessEntries', 'accessEntriez'],
    [
      'a hidden type',
      '{ node(id: "1") { ...on AccessEntry { nope } } }',
      '{ node(id: "1") { ...on AccessEntri { nope } } }',
      'AccessEntry',
      'AccessEntri',
    ],
    [
      'a hidden argument',
      '{ expenseReports(authorId: "1") { nope } }',
      '{ expenseReports(authorIx: "1") { nope } }',
      'authorId',
      'authorIx',
    ],
    [
      'a hidden input field',
      '{ expenseReports(filter: { includeDeleted: true }) { nope } }',
      '{ expenseReports(filter: { includeDeletex: true }) { nope } }',
      'includeDeleted',
      'includeDeletex',
    ],
  ])('words errors of %s as of one that does not exist', async (_what, hidden, missing, name, other) => {
    const [asHidden, asMissing] = [await messagesTo('erin', hidden), await messagesTo('erin', missing)];
    expect(asHidden[0]).toBe('400 GRAPHQL_VALIDATION_FAILED');
    expect(asHidden.join('\n').replaceAll(name, other)).toBe(asMissing.join('\n'));
  });

  it('suggests names that the caller may use, and no others', async () => {
    const typo = '{ expenseReport(id: "1") { riskScor titl } }';
    expect((await messagesTo('ada', typo)).join()).toContain('Did you mean "riskScore"');
    const toErin = (await messagesTo('erin', typo)).join();
    expect(toErin).not.toContain('riskScore');
    expect(toErin).toContain('Did you mean "title"');
  });

  it('words errors of variables by what the caller may use', async () => {
    const document = 'query ($filter: ExpenseReportFilter) { expenseReports(filter: $filter) { nodes { id } } }';
    const variables = { filter: { includeDelete: true } };
    expect((await messagesTo('ada', document, variables)).join()).toContain('Did you mean "includeDeleted"');
    const toErin = await messagesTo('erin', document, variables);
    expect(toErin[0]).toBe('400 BAD_USER_INPUT');
    expect(toErin[1]).toContain('Field "includeDelete" is not defined by type "ExpenseReportFilter".');
    expect(toErin.join()).not.toContain('includeDeleted');
  });

  it('refuses variables of a hidden type in an introspection', async () => {
    const document = 'query ($o: AccessOutcome) { __schema { queryType { name @include(if: $o) } } }';
    const [status, ...messages] = await messagesTo('erin', document, { o: 'GRANTED' });
    expect(status).toBe('400 GRAPHQL_VALIDATION_FAILED');
    expect(messages).toContain('Unknown type "AccessOutcome".');
  });

  it('answers a bound on documents as for everybody', async () => {
    const deep = `{ ${'node(id: "1") { '.repeat(20)} id ${'}'.repeat(20)} }`;
    expect((await messagesTo('erin', deep))[0]).toBe('400 LIMIT_EXCEEDED');
    const ring = '{ ...a } fragment a on Query { ...b } fragment b on Query { ...a }';
    expect((await messagesTo('erin', ring))[1]).toContain('Cannot spread fragment "a" within itself');
  });

  it('gives a field that the caller may not use its ordinary denial', async () => {
    const reports = '{ expenseReports(first: 1) { nodes { id riskScore } } accessEntries { id } }';
    const { body } = await api.query('erin', reports);
    expect(body.data.accessEntries).toBeNull();
    expect(body.errors?.map(({ extensions }) => extensions.code)).toContain('FORBIDDEN');
    expect(outcome(await api.query(undefined, reports))).toBe('401 UNAUTHENTICATED');
    expect(outcome(await api.query('erin', '{ accessEntries { id } }'))).toBe('403 FORBIDDEN');
  });

  it('says of a mutation to a caller without mutations what a schema without them says', async () => {
    expect(await messagesTo(undefined, 'mutation { createExpenseReport { nope } }')).toEqual([
      '400 GRAPHQL_VALIDATION_FAILED',
      'Schema is not configured to execute mutation operation.',
    ]);
  });
});

it.each([
  ['GRAPHQL_COMPILED', 'off'],
  ['GRAPHQL_FAST_PATH', 'off'],
])('GRAPHQL_INTROSPECTION=permitted shows the same with %s=%s', async (name, value) => {
  const app = await createApp(loadTestConfig({ ...api.environment, [name]: value }));
  const authorization = `Bearer ${await api.emulator.issueAccessToken('erin')}`;
  const ask = (of: TestApi['app']) =>
    of.inject({ method: 'POST', url: '/graphql', headers: { authorization }, payload: { query: READ } });
  const [answer, expected] = [await ask(app), await ask(api.app)];
  await app.close();
  expect(answer.json()).toEqual(expected.json());
  expect(answer.body).not.toContain('AccessEntry');
});
