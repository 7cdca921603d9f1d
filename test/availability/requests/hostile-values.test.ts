import {
  buildASTSchema,
  concatAST,
  type GraphQLArgument,
  GraphQLID,
  type GraphQLInputType,
  type GraphQLSchema,
  getNamedType,
  isEnumType,
  isInputObjectType,
  isListType,
  isNonNullType,
} from 'graphql';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createApp } from '../../../src/app.js';
import { readSchemaFiles } from '../../../src/graphql/schema/schema-files.js';
import { startApi, type TestApi } from '../../support/api.js';
import { EVERY_SIGN_IN } from '../../support/callers.js';
import { loadTestConfig } from '../../support/config.js';
import { openClient, refusedWith, type SocketAnswer, socketUrl, tokenOf, until } from '../../support/sockets.js';

/** Text that PostgreSQL, a number, a date or a decoder could stumble over. */
const TEXTS = [
  '',
  '\u0000',
  'a\u0000b',
  '\ud800',
  'a\udfffb',
  '\ufffe',
  "'",
  '\\',
  '%',
  'x'.repeat(5_000),
  '-4714-01-01T00:00:00Z',
  '0000-01-01T00:00:00Z',
  '9999-12-31T23:59:59.999Z',
  '+275760-09-13T00:00:00.000Z',
  '2026-02-30',
  '0001-01-01',
  '9999-12-31',
  'infinity',
  'NaN',
  'EUR',
  'eur',
  ...cursors(),
  ...ids(),
];
const NUMBERS = [
  0,
  -0,
  -1,
  1,
  100,
  101,
  2 ** 31 - 1,
  -(2 ** 31),
  2 ** 53 - 1,
  -(2 ** 53) + 1,
  1e21,
  -1e300,
  5e-324,
  0.5,
];
const OTHERS = [null, true, [], {}, ['\u0000'], { id: '\u0000' }];

/** Cursors made by hand: every kind of sort key with values at and beyond what a column can hold. */
function cursors(): string[] {
  const id = '11111111-1111-4111-8111-111111111111';
  const values = [-8.64e15, 8.64e15, -210_866_803_200_001, -1e14, 2 ** 53 - 1, -(2 ** 53) + 1, 1e300, 0.5];
  const texts = ['', '\u0000', '\ud800', 'x'.repeat(200), 'x'.repeat(201)];
  return [
    ...values.flatMap((value) => ['CREATED_AT', 'TOTAL'].map((key) => [key, value, id])),
    ...texts.map((text) => ['NAME', text, id]),
    ['CREATED_AT', 0, '\u0000'],
    ['TOTAL', 0, 'ffffffff-ffff-ffff-ffff-ffffffffffff'],
  ].map((cursor) => Buffer.from(JSON.stringify(cursor)).toString('base64url'));
}

function ids(): string[] {
  const uuids = ['ffffffff-ffff-ffff-ffff-ffffffffffff', '00000000-0000-0000-0000-000000000000', '\u0000', 'x'];
  const types = ['ExpenseReport', 'Employee', 'ExpenseItem', '\u0000'];
  return types.flatMap((type) => uuids.map((uuid) => Buffer.from(`${type}:${uuid}`).toString('base64url')));
}

let api: TestApi;
let schema: GraphQLSchema;

beforeAll(async () => {
  api = await startApi({ AUTHORIZATION_MODE: 'report' });
  schema = buildASTSchema(concatAST(readSchemaFiles(new URL('../../../schema/expenses/', import.meta.url))));
});
afterAll(() => api.close());

/** A value that the input takes, in which one place at a time is hostile. */
function* hostile(type: GraphQLInputType): Generator<unknown> {
  if (isNonNullType(type)) return yield* hostile(type.ofType);
  if (isListType(type)) {
    for (const value of hostile(type.ofType)) yield [value];
    return;
  }
  if (!isInputObjectType(type)) return yield* [...(isNumeric(type) ? NUMBERS : TEXTS), ...OTHERS];
  const valid = validOf(type) as Record<string, unknown>;
  for (const { name, type: inner } of Object.values(type.getFields())) {
    for (const value of hostile(inner)) yield { ...valid, [name]: value };
  }
}

function isNumeric(type: GraphQLInputType): boolean {
  return ['Int', 'SafeInt'].includes(getNamedType(type).name);
}

const VALID: Readonly<Record<string, unknown>> = {
  ID: Buffer.from('ExpenseReport:11111111-1111-4111-8111-111111111111').toString('base64url'),
  String: 'text',
  Int: 1,
  Boolean: false,
  LocalDate: '2026-01-01',
  DateTime: '2026-01-01T00:00:00Z',
  Currency: 'EUR',
  SafeInt: 1,
};

function validOf(type: GraphQLInputType): unknown {
  if (isListType(isNonNullType(type) ? type.ofType : type)) return [];
  const named = getNamedType(type);
  if (isEnumType(named)) return named.getValues()[0]?.name;
  if (!isInputObjectType(named)) return VALID[named.name];
  const required = Object.values(named.getFields()).filter(({ type: inner }) => isNonNullType(inner));
  return Object.fromEntries(required.map(({ name, type: inner }) => [name, validOf(inner)]));
}

const isRequired = ({ type }: GraphQLArgument) => isNonNullType(type);

/** Every root field with each of its arguments hostile in turn. */
function* requests(): Generator<{ query: string; variables: Record<string, unknown> }> {
  const roots = [
    ['query', schema.getQueryType()],
    ['mutation', schema.getMutationType()],
  ] as const;
  for (const [operation, root] of roots) {
    for (const { name, args } of Object.values(root?.getFields() ?? {})) {
      for (const argument of args) {
        const others = args.filter((other) => other !== argument && isRequired(other));
        const used = [argument, ...others];
        const variables = Object.fromEntries(others.map((other) => [other.name, validOf(other.type)]));
        const query = `${operation}(${used.map((one) => `$${one.name}: ${one.type}`).join(', ')}) {
          ${name}(${used.map((one) => `${one.name}: $${one.name}`).join(', ')}) { __typename ${SELECTIONS[name] ?? ''} }
        }`;
        for (const value of hostile(argument.type))
          yield { query, variables: { ...variables, [argument.name]: value } };
      }
    }
  }
}

const SELECTIONS: Readonly<Record<string, string>> = {
  expenseReports: 'totalCount pageInfo { hasNextPage hasPreviousPage } nodes { id }',
  employees: 'totalCount pageInfo { hasNextPage hasPreviousPage } nodes { id }',
};

it('no value of any argument is an internal error', async () => {
  const failed: unknown[] = [];
  // An auditor sees all rows, and an employee files reports. In report mode no rule comes before the database.
  const auditor = `Bearer ${await api.emulator.issueAccessToken('ada')}`;
  const employee = `Bearer ${await api.emulator.issueAccessToken('erin')}`;
  let count = 0;
  for (const { query, variables } of requests()) {
    const answer = await api.post(query.startsWith('query') ? auditor : employee, { query, variables });
    count += 1;
    const codes = answer.body.errors?.map(({ extensions }) => extensions.code) ?? [];
    if (answer.status >= 500 || codes.includes('INTERNAL_SERVER_ERROR')) failed.push({ query, variables, codes });
  }
  expect(failed).toEqual([]);
  expect(count).toBeGreaterThan(800);
});

/** Rejects with the errors of an answer, as operations that are refused do. */
async function orErrors({ errors }: SocketAnswer): Promise<void> {
  if (errors) throw errors;
}

it.each(['on', 'off'])(
  'values of every kind cause an internal error for no caller over HTTP and WebSocket, with GRAPHQL_COMPILED=%s',
  async (compiled) => {
    const app = await createApp(loadTestConfig({ ...api.environment, GRAPHQL_COMPILED: compiled }));
    const url = await socketUrl({ app });
    // A prime, so that the values are not those of one kind. All of them were asked by two callers.
    const some = [...requests()].filter((_, nth) => nth % 151 === 0);
    const codes = new Set<unknown>();
    for (const signIn of EVERY_SIGN_IN) {
      const token = await tokenOf(api, signIn);
      const client = openClient(url, token);
      for (const { query, variables } of some) {
        const { body } = await app.inject({
          method: 'POST',
          url: '/graphql',
          headers: token ? { authorization: `Bearer ${token}` } : {},
          payload: { query, variables },
        });
        for (const { extensions } of JSON.parse(body).errors ?? []) codes.add(extensions.code);
        for (const code of await refusedWith(client.ask(query, { variables }).then(orErrors))) codes.add(code);
      }
      await client.dispose();
    }
    await app.close();
    expect(codes).toContain('BAD_USER_INPUT');
    expect(codes).not.toContain('INTERNAL_SERVER_ERROR');
  },
);

it('no value of an argument of a subscription is an internal error', async () => {
  const client = openClient(await socketUrl(api), await tokenOf(api, 'erin'));
  const isOpened = (count: number) => api.logs.filter(({ msg }) => msg === 'subscription opened').length > count;
  const codes = new Set<string>();
  for (const id of hostile(GraphQLID)) {
    const opened = api.logs.filter(({ msg }) => msg === 'subscription opened').length;
    const query = 'subscription ($id: ID) { expenseReportChanged(id: $id) { id } }';
    const events = client.iterate({ query, variables: { id } });
    let isRefused = false;
    const refused = refusedWith(events.next()).then((found) => {
      isRefused = true;
      for (const code of found) codes.add(code);
    });
    await until(() => isRefused || isOpened(opened));
    await events.return?.();
    await refused;
  }
  client.terminate();
  expect([...codes]).toEqual(['BAD_USER_INPUT']);
});

it.each(['CREATED_AT', 'TOTAL'])(
  'a cursor by %s beyond what the database can hold is BAD_USER_INPUT or shows nothing',
  async (field) => {
    for (const after of cursors()) {
      const query =
        'query($after: String, $field: ExpenseReportOrderField!) { expenseReports(after: $after, orderBy: { field: $field, direction: ASC }) { totalCount } }';
      const { status, body } = await api.query('ada', query, { after, field });
      expect(status).toBe(200);
      for (const { extensions } of body.errors ?? []) expect(extensions.code).toBe('BAD_USER_INPUT');
    }
  },
);
