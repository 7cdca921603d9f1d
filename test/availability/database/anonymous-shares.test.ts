import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { sql } from 'kysely';
import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { defaultLimits } from '../../../src/config/limits.js';
import { type Connections, createConnections } from '../../../src/database/connections/connections.js';
import { type CallerDatabase, createCallerDatabase } from '../../../src/database/transactions/caller-database.js';
import type { CreateResource, ResourceContext } from '../../../src/graphql/resource.js';
import { startApi, type TestApi } from '../../support/api.js';
import { EVERY_SIGN_IN } from '../../support/callers.js';
import { createTestDatabase, openSuperuser, type TestDatabase } from '../../support/database.js';
import { openClient, socketUrl, tokenOf, until } from '../../support/sockets.js';

// An address without a token that holds its share of the database connections does not block other clients.

const HELD = '{ held }';
const FREE = '{ free }';
const { callerConnections } = defaultLimits;

interface NumbersContext extends ResourceContext {
  readonly database: CallerDatabase<Record<string, never>>;
}

/** Public numbers from a database. One of them waits for a table. */
function createNumbers(folder: string, connections: Connections): CreateResource {
  const read = async (query: string, { database }: NumbersContext) => {
    const { rows } = await sql.raw<{ number: number }>(query).execute(database.kysely);
    return rows[0]?.number;
  };
  return async () => ({
    welcomeDocument: '',
    schemaFolder: pathToFileURL(`${folder}/`),
    policies: {},
    resolvers: {
      Query: {
        held: (_parent: unknown, _asked: unknown, context: NumbersContext) =>
          read('select count(*)::int as number from waited_for', context),
        free: (_parent: unknown, _asked: unknown, context: NumbersContext) => read('select 1 as number', context),
      },
    },
    createContext: (caller, _event, parts): NumbersContext => {
      const database = createCallerDatabase<Record<string, never>>(connections, caller, parts);
      return { caller, database, dispose: () => database.dispose() };
    },
    ping: () => connections.ping(),
    close: () => connections.close(),
  });
}

let folder: string;
let database: TestDatabase;
let superuser: pg.Client;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'entra-graphql-numbers-'));
  await writeFile(join(folder, 'numbers.graphql'), 'extend type Query { held: Int @public free: Int @public }');
  database = await createTestDatabase();
  superuser = await openSuperuser(database);
  await superuser.query('create table waited_for (id int); grant select on waited_for to public');
});
afterAll(async () => {
  await superuser.end();
  await database.drop();
  await rm(folder, { recursive: true });
});

/** Operations that wait for the table. */
async function waitForTable(): Promise<number> {
  const { rows } = await superuser.query(
    "select count(*)::int as count from pg_locks where not granted and relation = 'waited_for'::regclass",
  );
  return rows[0].count;
}

type Ask = (address: string, query: string, token?: string) => Promise<unknown>;

describe.each(['on', 'off'])('with GRAPHQL_COMPILED=%s', (compiled) => {
  let api: TestApi;
  let url: string;
  beforeAll(async () => {
    const connections = createConnections({ url: database.runtimeUrl, poolSize: 10 });
    api = await startApi(
      { TRUST_PROXY: '127.0.0.1', GRAPHQL_COMPILED: compiled },
      { createResource: createNumbers(folder, connections) },
    );
    url = await socketUrl(api);
  });
  afterAll(() => api.close());

  const overHttp: Ask = async (address, query, token) => {
    const { body } = await api.post(token && `Bearer ${token}`, { query }, { 'x-forwarded-for': address });
    return body;
  };
  const overSocket: Ask = async (address, query, token) => {
    class Forwarded extends WebSocket {
      constructor(target: string, protocol: string) {
        super(target, protocol, { headers: { 'x-forwarded-for': address } });
      }
    }
    const client = openClient(url, token, { webSocketImpl: Forwarded });
    const answer = await client.ask(query);
    await client.dispose();
    return answer;
  };

  it.each<[string, Ask]>([
    ['HTTP', overHttp],
    ['WebSocket', overSocket],
  ])('over %s, others are answered while an address without a token waits for its own share', async (_over, ask) => {
    const answered = { data: { free: 1 } };
    // Known and, where that is asked for, compiled.
    for (let time = 0; time < 4; time += 1) expect(await ask('192.0.2.9', FREE)).toEqual(answered);
    await superuser.query('begin; lock table waited_for in access exclusive mode');
    const held = Array.from({ length: callerConnections }, () => ask('192.0.2.1', HELD));
    await until(async () => (await waitForTable()) === callerConnections);
    let isAnswered = false;
    const beyond = ask('192.0.2.1', FREE).finally(() => {
      isAnswered = true;
    });
    for (const signIn of EVERY_SIGN_IN) {
      expect([signIn, await ask('192.0.2.2', FREE, await tokenOf(api, signIn))]).toEqual([signIn, answered]);
    }
    // A verified caller has a share of its own, whatever its address.
    expect(await ask('192.0.2.1', FREE, await tokenOf(api, 'erin'))).toEqual(answered);
    expect(isAnswered).toBe(false);
    await superuser.query('rollback');
    expect(await beyond).toEqual(answered);
    expect(await Promise.all(held)).toEqual(Array(callerConnections).fill({ data: { held: 0 } }));
  });
});
