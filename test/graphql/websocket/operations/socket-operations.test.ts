import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { FastifyInstance } from 'fastify';
import { GraphQLError } from 'graphql';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createApp } from '../../../../src/app.js';
import { type Emulator, startEmulator } from '../../../../src/emulator/emulator.js';
import { emulatorSettings } from '../../../../src/expenses/sample-data/emulator-settings.js';
import type { CreateResource, ResourceContext } from '../../../../src/graphql/resource.js';
import { settingsOf } from '../../../support/api.js';
import { loadTestConfig } from '../../../support/config.js';
import {
  openClient,
  refusedWith,
  type SocketClient,
  socketUrl,
  subscribeTo,
  tokenOf,
  until,
} from '../../../support/sockets.js';

// Subscriptions of a resource that is not the sample, has no database and does what good resources do not do.

const SDL = `
  extend type Query { slow: Int @authenticated }
  type Subscription {
    ticks: Tick @authenticated
    never: Tick @authenticated
    late: Tick @authenticated
    sticks: Tick @authenticated
    fails: Tick @authenticated
    breaks: Tick @authenticated
    says: Tick @authenticated
    gone: Tick @authenticated
  }
  type Tick {
    number: Int
    secret: Int @policy(policies: [["even"]])
    throws: Int
    auditors: Int @requiresRoles(roles: [["Expenses.Auditor"]])
  }
`;

let folder: string;
let emulator: Emulator;
let client: SocketClient;
const apps: FastifyInstance[] = [];

/** Contexts made and disposed of, and whether the endless source was ended. */
const seen = { contexts: 0, disposed: 0, ended: 0, finished: 0 };
let finishSlow: () => void = () => undefined;
let openLate: () => void = () => undefined;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'entra-graphql-ticks-'));
  await writeFile(join(folder, 'ticks.graphql'), SDL);
  emulator = await startEmulator({ ...emulatorSettings, port: 0 });
});
afterEach(async () => {
  await client?.dispose();
  for (const app of apps.splice(0)) await app.close();
  Object.assign(seen, { contexts: 0, disposed: 0, ended: 0, finished: 0 });
});
afterAll(async () => {
  await emulator.close();
  await rm(folder, { recursive: true });
});

const createTicks: CreateResource = async () => ({
  welcomeDocument: '',
  schemaFolder: pathToFileURL(`${folder}/`),
  policies: { even: ({ parent }) => Object(parent).number % 2 === 0 },
  resolvers: {
    Query: {
      slow: () =>
        new Promise<number>((resolve) => {
          finishSlow = () => {
            seen.finished += 1;
            resolve(1);
          };
        }),
    },
    Subscription: {
      ticks: { subscribe: () => ticks(3), resolve: (number: number) => ({ number, secret: number }) },
      never: { subscribe: () => endless() },
      late: {
        subscribe: () =>
          new Promise((resolve) => {
            openLate = () => resolve(endless());
          }),
      },
      sticks: { subscribe: () => ({ ...endless(), return: () => Promise.reject(new Error('password=hunter2')) }) },
      fails: { subscribe: () => Promise.reject(new Error('password=hunter2')) },
      breaks: { subscribe: () => ticks(1, new Error('password=hunter2')), resolve: (number: number) => ({ number }) },
      says: {
        subscribe: () => ticks(1, new GraphQLError('Enough.', { extensions: { code: 'ENOUGH' } })),
        resolve: (number: number) => ({ number }),
      },
      gone: {
        subscribe: () => {
          throw new GraphQLError('Later.', { extensions: { code: 'SERVICE_UNAVAILABLE' } });
        },
      },
    },
    Tick: {
      throws: () => {
        throw new Error('password=hunter2');
      },
    },
  },
  createContext(caller): ResourceContext {
    seen.contexts += 1;
    return {
      caller,
      dispose: async () => {
        seen.disposed += 1;
      },
    };
  },
  ping: async () => undefined,
  close: async () => undefined,
});

async function* ticks(count: number, error?: Error) {
  for (let number = 1; number <= count; number += 1) yield number;
  if (error) throw error;
}

function endless(): AsyncIterableIterator<never> {
  return {
    next: () => new Promise(() => undefined),
    async return() {
      seen.ended += 1;
      return { done: true, value: undefined };
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}

async function open(settings: Record<string, string> = {}) {
  const logs: Record<string, unknown>[] = [];
  const environment = {
    ...settingsOf(emulator),
    DATABASE_URL: 'postgres://nobody@127.0.0.1:9/none',
    ...settings,
  };
  const app = await createApp(loadTestConfig(environment), {
    logger: { level: 'debug', stream: { write: (line: string) => void logs.push(JSON.parse(line)) } },
    createResource: createTicks,
  });
  apps.push(app);
  client = openClient(await socketUrl({ app }), await tokenOf({ emulator }, 'erin'));
  return { app, logs };
}

const collect = async (query: string) => {
  const answers = [];
  for await (const answer of client.iterate({ query })) answers.push(answer);
  return answers;
};

describe('a subscription', () => {
  it('is answered once for each event, until its source ends', async () => {
    await open();
    expect(await collect('subscription { ticks { number } }')).toEqual(
      [1, 2, 3].map((number) => ({ data: { ticks: { number } } })),
    );
  });

  it('has a context for opening its source and one for each event, all disposed of', async () => {
    await open();
    await collect('subscription { ticks { number } }');
    expect(seen).toMatchObject({ contexts: 4, disposed: 4 });
  });

  it('has its policies asked for each event', async () => {
    await open();
    const answers = await collect('subscription { ticks { secret } }');
    expect(answers.map(({ data, errors }) => [data, errors?.map(({ extensions }) => extensions?.code)])).toEqual([
      [{ ticks: { secret: null } }, ['FORBIDDEN']],
      [{ ticks: { secret: 2 } }, undefined],
      [{ ticks: { secret: null } }, ['FORBIDDEN']],
    ]);
  });

  it('writes a line on what each event was denied', async () => {
    const { logs } = await open();
    await collect('subscription { ticks { secret } }');
    const denials = logs.filter(({ msg }) => msg === 'fields denied');
    expect(denials.map(({ denied }) => denied)).toEqual(Array(2).fill({ 'Tick.secret': 'policy even' }));
  });

  it('in report mode gets what would have been denied, in each event', async () => {
    await open({ AUTHORIZATION_MODE: 'report' });
    const answers = await collect('subscription { ticks { auditors number } }');
    expect(answers).toHaveLength(3);
    for (const { errors, extensions } of answers) {
      expect(errors).toBeUndefined();
      expect(extensions).toMatchObject({
        authorization: { mode: 'report', denied: { 'Tick.auditors': expect.any(String) } },
      });
    }
  });

  it.each([
    ['of a field', 'subscription { ticks { throws } }'],
    ['of the source, when it is opened', 'subscription { fails { number } }'],
    ['of the source, later', 'subscription { breaks { number } }'],
  ])('masks an error %s', async (_where, query) => {
    const { logs } = await open();
    const told = JSON.stringify(await collect(query).catch((errors) => errors));
    expect(told).toContain('INTERNAL_SERVER_ERROR');
    expect(told).not.toContain('hunter2');
    expect(JSON.stringify(logs)).toContain('hunter2');
  });

  it('passes on an error of its source that is meant for the client', async () => {
    await open();
    expect(await refusedWith(collect('subscription { says { number } }'))).toEqual(['ENOUGH']);
    expect(client.closed).not.toContainEqual(expect.objectContaining({ code: 1013 }));
  });

  it('that cannot be served now closes the connection with 1013', async () => {
    await open();
    await expect(collect('subscription { gone { number } }')).rejects.toMatchObject({ code: 1013 });
  });

  it('ends its source when the client has enough', async () => {
    const { logs } = await open();
    const events = await subscribeTo(client, { logs }, 'subscription { never { number } }');
    await events.return?.();
    await until(() => seen.ended === 1);
  });

  it('ends its source when the client is gone', async () => {
    const { logs } = await open();
    await subscribeTo(client, { logs }, 'subscription { never { number } }');
    client.terminate();
    await until(() => seen.ended === 1);
  });

  it('ends its source when the client was gone before it was open', async () => {
    await open();
    const events = client.iterate({ query: 'subscription { late { number } }' });
    await until(() => seen.contexts === 1);
    await events.return?.();
    openLate();
    await until(() => seen.ended === 1);
    expect(seen).toMatchObject({ contexts: 1, disposed: 1 });
  });

  it('whose source cannot be ended harms no other client', async () => {
    const { logs } = await open();
    const events = await subscribeTo(client, { logs }, 'subscription { sticks { number } }');
    await events.return?.();
    await until(() => JSON.stringify(logs).includes('hunter2'));
    expect((await client.ask('{ serverInfo { name } }')).errors).toBeUndefined();
  });

  it('ends its source when the server stops', async () => {
    const { app, logs } = await open();
    const events = await subscribeTo(client, { logs }, 'subscription { never { number } }');
    const ended = events.next().catch(({ code }) => code);
    await app.close();
    expect([await ended, seen.ended]).toEqual([1001, 1]);
  });
});

it('what runs when the server stops is answered, and waited for', async () => {
  const { app } = await open();
  const answer = client.ask('{ slow }');
  await until(() => seen.contexts === 1);
  let isClosed = false;
  const closing = app.close().then(() => {
    isClosed = true;
  });
  await until(
    async () =>
      (await client.ask('{ serverInfo { name } }').catch(([error]) => error.extensions.code)) === 'SERVICE_UNAVAILABLE',
  );
  expect([isClosed, seen.finished]).toEqual([false, 0]);
  finishSlow();
  expect(await answer).toMatchObject({ data: { slow: expect.anything() } });
  await closing;
  expect(seen).toMatchObject({ finished: 1, disposed: seen.contexts });
});
