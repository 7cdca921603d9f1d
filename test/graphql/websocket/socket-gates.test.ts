import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApi, type TestApi } from '../../support/api.js';
import { openClient, refusedWith, type SocketClient, socketUrl, tokenOf, until } from '../../support/sockets.js';

// Attack 64: a query or mutation over the socket skips no gate. What is asked here over HTTP is in the tests beside this one.

let api: TestApi;
let erin: SocketClient;
let nobody: SocketClient;
beforeAll(async () => {
  api = await startApi({ GRAPHQL_INTROSPECTION: 'authenticated' });
  const url = await socketUrl(api);
  erin = openClient(url, await tokenOf(api, 'erin'));
  nobody = openClient(url, undefined);
});
afterAll(async () => {
  await erin.dispose();
  await nobody.dispose();
  await api.close();
});

const CREATE = 'createExpenseReport(input: { title: "T", currency: "EUR", items: [] }) { expenseReport { title } }';

describe('over a WebSocket', () => {
  it('a query is answered', async () => {
    expect(await erin.ask('{ me { kind } serverInfo { name } }')).toEqual({
      data: { me: { kind: 'DELEGATED' }, serverInfo: { name: 'entra-graphql' } },
    });
  });

  it('a mutation is carried out', async () => {
    const answer = await erin.ask(`mutation { ${CREATE} }`);
    expect(answer).toEqual({ data: { createExpenseReport: { expenseReport: { title: 'T' } } } });
  });

  it('an anonymous client gets what is public', async () => {
    expect((await nobody.ask('{ serverInfo { name } }')).data.serverInfo.name).toBe('entra-graphql');
  });

  it('a mutation with one denied field is refused before anything runs', async () => {
    const count = async () =>
      (await api.query('erin', '{ expenseReports { totalCount } }')).body.data.expenseReports.totalCount;
    const before = await count();
    const mutation = `mutation { ${CREATE} approveExpenseReport(id: "x") { expenseReport { id } } }`;
    expect(await refusedWith(erin.ask(mutation))).toEqual(['FORBIDDEN']);
    expect(await count()).toBe(before);
  });

  it('a query with one denied field gets the others', async () => {
    const { data, errors } = await erin.ask('{ expenseReports(first: 1) { nodes { title riskScore } } }');
    expect(data.expenseReports.nodes).toEqual([{ title: expect.any(String), riskScore: null }]);
    expect(errors).toMatchObject([
      { path: ['expenseReports', 'nodes', 0, 'riskScore'], extensions: { code: 'FORBIDDEN' } },
    ]);
  });

  it.each([
    ['all fields denied', '{ me { kind } }', 'UNAUTHENTICATED'],
    ['introspection', '{ __schema { queryType { name } } }', 'UNAUTHENTICATED'],
    ['introspection, hidden', '{ ...a } fragment a on Query { __type(name: "Query") { name } }', 'UNAUTHENTICATED'],
    ['no GraphQL', '{ serverInfo {', 'GRAPHQL_PARSE_FAILED'],
    ['an unknown field', '{ serverInf { name } }', 'GRAPHQL_VALIDATION_FAILED'],
    ['too many tokens', `{ ${'a: serverInfo { name } '.repeat(900)} }`, 'LIMIT_EXCEEDED'],
    ['too deep', `{ employees { nodes ${'{ manager '.repeat(13)} { id } ${'}'.repeat(13)} } }`, 'LIMIT_EXCEEDED'],
    ['too many aliases', `{ ${list(201, (n) => `a${n}: serverInfo { name }`)} }`, 'LIMIT_EXCEEDED'],
    ['too many directives', `{ serverInfo { name ${'@include(if: true) '.repeat(51)} } }`, 'LIMIT_EXCEEDED'],
    ['no operation', 'fragment a on Query { serverInfo { name } }', 'GRAPHQL_VALIDATION_FAILED'],
  ])('an anonymous client is refused: %s', async (_name, query, code) => {
    expect(await refusedWith(nobody.ask(query))).toEqual([code]);
  });

  it('variables have to fit', async () => {
    const query = 'query ($n: Int!) { employees(first: $n) { totalCount } }';
    expect(await refusedWith(erin.ask(query))).toEqual(['BAD_USER_INPUT']);
  });

  it('who may introspect may do it here', async () => {
    expect((await erin.ask('{ __schema { queryType { name } } }')).data.__schema.queryType.name).toBe('Query');
  });

  it('names are suggested only to those who may introspect', async () => {
    const suggestion = async (client: SocketClient) =>
      client.ask('{ serverInf { name } }').catch((errors) => JSON.stringify(errors).includes('serverInfo'));
    expect([await suggestion(erin), await suggestion(nobody)]).toEqual([true, false]);
  });

  it('the operation that is named is judged and run, and no other of the document', async () => {
    const document = `query Mine { me { kind } } query Open { serverInfo { name } } mutation Write { ${CREATE} }`;
    expect((await nobody.ask(document, { operationName: 'Open' })).data).toEqual({
      serverInfo: { name: 'entra-graphql' },
    });
    expect(await refusedWith(nobody.ask(document, { operationName: 'Mine' }))).toEqual(['UNAUTHENTICATED']);
    expect(await refusedWith(nobody.ask(document, { operationName: 'Write' }))).toEqual(['UNAUTHENTICATED']);
    expect(await refusedWith(nobody.ask(document))).toEqual(['OPERATION_RESOLUTION_FAILURE']);
    expect(await refusedWith(nobody.ask(document, { operationName: 'None' }))).toEqual([
      'OPERATION_RESOLUTION_FAILURE',
    ]);
  });

  it('a protected argument counts in a variable too', async () => {
    const query = 'query ($id: ID) { expenseReports(authorId: $id) { totalCount } }';
    expect(await refusedWith(erin.ask(query, { variables: { id: 'x' } }))).toEqual(['FORBIDDEN']);
    expect((await erin.ask(query)).errors).toBeUndefined();
  });

  it('what is denied is in the log, as for a request over HTTP', async () => {
    const before = api.logs.length;
    await refusedWith(erin.ask('mutation { approveExpenseReport(id: "x") { expenseReport { id } } }'));
    await until(() => api.logs.length > before);
    expect(api.logs.slice(before)).toContainEqual(
      expect.objectContaining({
        msg: 'fields denied',
        kind: 'delegated',
        denied: { 'Mutation.approveExpenseReport': 'role Expenses.Approver' },
      }),
    );
  });
});

function list(length: number, item: (number: number) => string): string {
  return Array.from({ length }, (_, number) => item(number)).join(' ');
}
