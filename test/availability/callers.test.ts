import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { FastifyInstance } from 'fastify';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createApp } from '../../src/app.js';
import { type Emulator, startEmulator } from '../../src/emulator/emulator.js';
import { emulatorSettings } from '../../src/expenses/sample-data/emulator-settings.js';
import type { CreateResource } from '../../src/graphql/resource.js';
import type { SignIn } from '../support/api.js';
import { settingsOf } from '../support/api.js';
import { EVERY_SIGN_IN } from '../support/callers.js';
import { loadTestConfig } from '../support/config.js';
import {
  openClient,
  openSocket,
  refusedWith,
  type SocketClient,
  socketUrl,
  tokenOf,
  until,
} from '../support/sockets.js';

// A resource whose operations and subscriptions end when the test says so.

const SDL = `
  extend type Query { slow: Int @public fast: Int @public fails: Int @public }
  type Mutation { slowly: Int @public }
  type Subscription { never: Int @public short: Int @public late: Int @public fails: Int @public breaks: Int @public }
`;
const MAXIMUM = 2;
const LIMITS = {
  LIMIT_CALLER_OPERATIONS: String(MAXIMUM),
  LIMIT_CALLER_SUBSCRIPTIONS: String(MAXIMUM),
  LIMIT_CALLER_SOCKETS: '3',
};

let folder: string;
let emulator: Emulator;
let app: FastifyInstance;
const logs: Record<string, unknown>[] = [];
/** Resolvers that have begun, and what ends them. */
const begun: (() => void)[] = [];
let sources = 0;
const clients: SocketClient[] = [];

const wait = () => new Promise<number>((resolve) => void begun.push(() => resolve(1)));
const finishAll = () => {
  for (const finish of begun.splice(0)) finish();
};

function endless(): AsyncIterableIterator<number> {
  sources += 1;
  return {
    next: () => new Promise(() => undefined),
    async return() {
      sources -= 1;
      return { done: true, value: undefined };
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}

async function* numbers(count: number, error?: Error) {
  for (let number = 1; number <= count; number += 1) yield number;
  if (error) throw error;
}

const createSlow: CreateResource = async () => ({
  welcomeDocument: '',
  schemaFolder: pathToFileURL(`${folder}/`),
  policies: {},
  resolvers: {
    Query: {
      slow: wait,
      fast: () => 1,
      fails: () => {
        throw new Error('failed');
      },
    },
    Mutation: { slowly: wait },
    Subscription: {
      never: { subscribe: () => endless() },
      short: { subscribe: () => numbers(2), resolve: (number: number) => number },
      late: { subscribe: () => wait().then(endless) },
      fails: { subscribe: () => Promise.reject(new Error('failed')) },
      breaks: { subscribe: () => numbers(1, new Error('failed')), resolve: (number: number) => number },
    },
  },
  createContext: (caller) => ({ caller, dispose: async () => undefined }),
  ping: async () => undefined,
  close: async () => undefined,
});

async function start(settings: Record<string, string>): Promise<FastifyInstance> {
  const environment = {
    ...settingsOf(emulator),
    DATABASE_URL: 'postgres://nobody@127.0.0.1:9/none',
    ...settings,
  };
  return createApp(loadTestConfig(environment), {
    logger: { level: 'debug', stream: { write: (line: string) => void logs.push(JSON.parse(line)) } },
    createResource: createSlow,
  });
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'entra-graphql-slow-'));
  writeFileSync(join(folder, 'slow.graphql'), SDL);
  emulator = await startEmulator({ ...emulatorSettings, port: 0 });
});
afterEach(async () => {
  finishAll();
  for (const client of clients.splice(0)) await client.dispose();
});
afterAll(async () => {
  await emulator.close();
  rmSync(folder, { recursive: true });
});

async function headersOf(signIn: SignIn): Promise<Record<string, string>> {
  const token = await tokenOf({ emulator }, signIn);
  return { 'content-type': 'application/json', ...(token && { authorization: `Bearer ${token}` }) };
}

/** A request over HTTP, each time with a token of its own. */
async function ask(signIn: SignIn, query: string, remoteAddress = '127.0.0.1') {
  const { statusCode, headers, body } = await app.inject({
    method: 'POST',
    url: '/graphql',
    remoteAddress,
    headers: await headersOf(signIn),
    payload: JSON.stringify({ query }),
  });
  return { status: statusCode, headers, body: JSON.parse(body) };
}

async function connect(signIn: SignIn): Promise<SocketClient> {
  const client = openClient(await socketUrl({ app }), await tokenOf({ emulator }, signIn));
  clients.push(client);
  return client;
}

const opened = () => logs.filter(({ msg }) => msg === 'subscription opened').length;

/** A subscription that goes on until it is ended. */
async function subscribe(client: SocketClient, query = 'subscription { never }') {
  const before = opened();
  const end = client.subscribe({ query }, { next: () => undefined, error: () => undefined, complete: () => undefined });
  await until(() => opened() > before);
  return end;
}

/** Takes all places for operations, and holds that there is none left and no more than that. */
async function fillOperations(signIn: SignIn) {
  finishAll();
  const answers = Array.from({ length: MAXIMUM }, () => ask(signIn, '{ slow }'));
  await until(() => begun.length === MAXIMUM);
  const refused = await ask(signIn, '{ slow }');
  expect([refused.status, begun.length]).toEqual([429, MAXIMUM]);
  return { answers, refused };
}

describe.each([
  ['on', 'compiled'],
  ['off', 'not compiled'],
])('with GRAPHQL_COMPILED=%s, where queries are %s', (compiled) => {
  beforeAll(async () => {
    app = await start({ ...LIMITS, GRAPHQL_COMPILED: compiled });
    // Known and, where that is asked for, compiled before the first test.
    for (let time = 0; time < 8; time += 1) await ask('erin', '{ fast }');
  });
  afterAll(() => app.close());

  describe.each(EVERY_SIGN_IN)('operations of %s', (signIn) => {
    const other = signIn === 'erin' ? 'mia' : 'erin';

    it('beyond the limit are refused with 429 before anything runs, and others are served', async () => {
      const { answers, refused } = await fillOperations(signIn);
      expect(refused.headers).toMatchObject({ 'retry-after': '1', 'content-type': expect.stringContaining('json') });
      expect(refused.body).toEqual({
        errors: [
          {
            message: expect.stringContaining('At most 2 operations'),
            extensions: {
              code: 'RATE_LIMITED',
              limit: { name: 'callerOperations', maximum: 2, asked: 3, setting: 'LIMIT_CALLER_OPERATIONS' },
            },
          },
        ],
      });
      expect((await ask(signIn, '{ fast }')).status).toBe(429);
      expect(await ask(other, '{ fast }')).toMatchObject({ status: 200, body: { data: { fast: 1 } } });
      finishAll();
      expect((await Promise.all(answers)).map(({ body }) => body.data)).toEqual([{ slow: 1 }, { slow: 1 }]);
      expect(await ask(signIn, '{ fast }')).toMatchObject({ status: 200, body: { data: { fast: 1 } } });
    });

    it('count over HTTP and WebSocket together', async () => {
      const client = await connect(signIn);
      await client.ask('{ fast }');
      const { answers } = await fillOperations(signIn);
      expect(await refusedWith(client.ask('{ fast }'))).toEqual(['RATE_LIMITED']);
      expect(await refusedWith(client.ask('mutation { slowly }'))).toEqual(['RATE_LIMITED']);
      expect(await refusedWith(client.ask('subscription { never }'))).toEqual(['RATE_LIMITED']);
      expect([begun.length, sources]).toEqual([MAXIMUM, 0]);
      finishAll();
      await Promise.all(answers);
      expect(await client.ask('{ fast }')).toEqual({ data: { fast: 1 } });
    });

    it('and subscriptions beyond the limit are refused on whatever connection they come', async () => {
      const [first, second] = [await connect(signIn), await connect(signIn)];
      const end = await subscribe(first);
      await subscribe(second);
      expect(await refusedWith(second.ask('subscription { never }'))).toEqual(['RATE_LIMITED']);
      expect(await refusedWith(first.ask('subscription { short }'))).toEqual(['RATE_LIMITED']);
      expect(sources).toBe(MAXIMUM);
      // Queries have places of their own.
      expect(await first.ask('{ fast }')).toEqual({ data: { fast: 1 } });
      await subscribe(await connect(other));
      end();
      await until(() => sources === MAXIMUM);
      expect(await second.ask('subscription { short }')).toEqual({ data: { short: 1 } });
      for (const client of clients.splice(0)) await client.dispose();
      await until(() => sources === 0);
    });

    it('and connections beyond the limit are closed with a code after which clients come again', async () => {
      const token = await tokenOf({ emulator }, signIn);
      const url = await socketUrl({ app });
      const init = { type: 'connection_init', payload: token ? { authorization: `Bearer ${token}` } : {} };
      const open = async () => {
        const connection = openSocket(url);
        await connection.opened;
        connection.send(init);
        return connection;
      };
      const good = [await open(), await open(), await open()];
      for (const { received } of good) await received('connection_ack');
      const refused = await open();
      expect(await refused.closed).toEqual({ code: 1013, reason: expect.stringContaining('At most 3 connections') });
      expect(refused.messages).toEqual([]);
      good[0]?.socket.terminate();
      // The server notices in its own time that a client has gone.
      await until(async () => {
        const { closed, messages, socket } = await open();
        await Promise.race([closed, until(() => messages.length > 0)]);
        socket.terminate();
        return messages.length > 0;
      });
      for (const { socket } of good) socket.terminate();
    });
  });

  it('counts anonymous clients by address, an IPv6 network as one', async () => {
    const fill = (address: string) => ask(undefined, '{ slow }', address);
    const answers = ['2001:db8::1', '2001:db8::2'].map(fill);
    await until(() => begun.length === MAXIMUM);
    expect((await ask(undefined, '{ fast }', '2001:db8::3')).status).toBe(429);
    expect((await ask(undefined, '{ fast }', '2001:db8:0:1::1')).status).toBe(200);
    expect((await ask('erin', '{ fast }', '2001:db8::3')).status).toBe(200);
    finishAll();
    await Promise.all(answers);
  });
});

describe('a place is given back', () => {
  beforeAll(async () => {
    app = await start(LIMITS);
  });
  afterAll(() => app.close());

  /** Sends a request and goes away while it runs. */
  async function leaveHttp(): Promise<void> {
    await socketUrl({ app });
    const before = begun.length;
    const request = httpRequest(`${app.listeningOrigin}/graphql`, { method: 'POST', headers: await headersOf('erin') });
    request.on('error', () => undefined);
    request.end(JSON.stringify({ query: '{ slow }' }));
    await until(() => begun.length > before);
    request.destroy();
    finishAll();
  }

  async function leaveSocket(query: string, how: 'complete' | 'terminate'): Promise<void> {
    const client = await connect('erin');
    const before = begun.length;
    const end = client.subscribe(
      { query },
      { next: () => undefined, error: () => undefined, complete: () => undefined },
    );
    await until(() => begun.length > before);
    if (how === 'complete') end();
    else client.terminate();
    finishAll();
  }

  const paths: [string, () => Promise<unknown>][] = [
    ['after an answer', () => ask('erin', '{ fast }')],
    ['after an error of a field', () => ask('erin', '{ fails }')],
    ['after a request that is not valid', () => ask('erin', '{ nothing }')],
    ['after a document that is none', () => ask('erin', '{')],
    ['after a subscription over HTTP', () => ask('erin', 'subscription { never }')],
    ['after a client that went while its request ran', leaveHttp],
    ['over WebSocket after an answer', async () => (await connect('erin')).ask('{ fast }')],
    ['over WebSocket after an error', async () => (await connect('erin')).ask('{ fails }')],
    ['over WebSocket after a document that is none', async () => refusedWith((await connect('erin')).ask('{'))],
    ['over WebSocket after a client that wants no answer', () => leaveSocket('{ slow }', 'complete')],
    ['over WebSocket after a client that is gone', () => leaveSocket('{ slow }', 'terminate')],
    ['of a subscription that ends by itself', async () => (await connect('erin')).ask('subscription { short }')],
    [
      'of a subscription whose source cannot be opened',
      async () => refusedWith((await connect('erin')).ask('subscription { fails }')),
    ],
    [
      'of a subscription whose source breaks',
      async () => {
        const events = (await connect('erin')).iterate({ query: 'subscription { breaks }' });
        await events.next();
        await refusedWith(events.next());
      },
    ],
    ['of a subscription that the client ends', async () => (await subscribe(await connect('erin')))()],
    [
      'of a subscription whose client is gone',
      async () => {
        const client = await connect('erin');
        await subscribe(client);
        client.terminate();
      },
    ],
    ['of a subscription that was ended before it was open', () => leaveSocket('subscription { late }', 'complete')],
    ['of a subscription whose client went before it was open', () => leaveSocket('subscription { late }', 'terminate')],
    [
      'of a connection that breaks the protocol',
      async () => {
        const { opened: open, send, received, closed } = openSocket(await socketUrl({ app }));
        await open;
        const init = {
          type: 'connection_init',
          payload: { authorization: `Bearer ${await tokenOf({ emulator }, 'erin')}` },
        };
        send(init);
        await received('connection_ack');
        send({ type: 'subscribe', id: '1', payload: { query: 'subscription { never }' } });
        send(init);
        await closed;
      },
    ],
    [
      'of a connection that goes while its token is verified',
      async () => {
        const { opened: open, send, socket } = openSocket(await socketUrl({ app }));
        await open;
        send({ type: 'connection_init', payload: { authorization: `Bearer ${await tokenOf({ emulator }, 'erin')}` } });
        socket.terminate();
      },
    ],
  ];

  it.each(paths)('%s, however often', async (_path, take) => {
    for (let time = 0; time < 6; time += 1) {
      // The server notices in its own time that a client has gone, and its place is free only then.
      await take();
      for (const client of clients.splice(0)) await client.dispose();
      await until(async () => sources === 0 && app.server !== undefined && (await isFree()));
    }
    const { answers } = await fillOperations('erin');
    finishAll();
    await Promise.all(answers);
    const connections = [await connect('erin'), await connect('erin')];
    for (const client of connections) await subscribe(client);
    expect(await refusedWith((await connect('erin')).ask('subscription { never }'))).toEqual(['RATE_LIMITED']);
  });

  /** Whether a connection of the caller and an operation on it are served. */
  async function isFree(): Promise<boolean> {
    const client = await connect('erin');
    const answer = await client.ask('{ fast }').catch(() => undefined);
    await client.dispose();
    clients.splice(clients.indexOf(client), 1);
    return answer !== undefined;
  }

  it('when the server stops, so that it ends', async () => {
    const stopping = await start(LIMITS);
    const kept = app;
    app = stopping;
    const [client, other] = [await connect('erin'), await connect('mia')];
    await subscribe(client);
    const answer = other.ask('{ slow }').catch(() => undefined);
    await until(() => begun.length === 1);
    const closing = stopping.close();
    finishAll();
    await Promise.all([closing, answer]);
    expect(sources).toBe(0);
    app = kept;
  });
});

describe('without hints', () => {
  it('the error does not name the setting', async () => {
    app = await start({ ...LIMITS, AUTHORIZATION_HINTS: 'off' });
    const { answers, refused } = await fillOperations('erin');
    expect(JSON.stringify(refused.body)).not.toContain('LIMIT_CALLER');
    finishAll();
    await Promise.all(answers);
    await app.close();
  });
});
