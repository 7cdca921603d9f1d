import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { FastifyInstance } from 'fastify';
import { GraphQLError } from 'graphql';
import { createApp } from '../../src/app.js';
import type { LimitName, Limits } from '../../src/config/limits.js';
import { type Emulator, startEmulator } from '../../src/emulator/emulator.js';
import { emulatorSettings } from '../../src/expenses/sample-data/emulator-settings.js';
import type { CreateResource, ResourceContext } from '../../src/graphql/resource.js';
import { settingsOf } from './api.js';
import { loadTestConfig, UNHURRIED } from './config.js';
import { keepLines, watchTokens } from './vitest/log-scan.js';

const SDL = `
  extend type Query {
    "A text of this length, and of a character with this code."
    text(length: Int!, code: Int): String! @public
    texts(count: Int!, length: Int!): [String!]! @public
    nested(length: Int!): Nested! @public
    guarded(length: Int!): String! @policy(policies: [["always"]])
    failing(length: Int!): String @public
    "Errors, and promises of them by turns."
    failingTexts(count: Int!): [String] @public
    rows(count: Int!): [Row!]! @public
    guardedRows(count: Int!): [Row!]! @policy(policies: [["always"]])
  }
  type Nested @public { text: String! nested: Nested! }
  type Row @public {
    text(length: Int!): String!
    late(length: Int!): String
    failing: String
    failingLate: String
    meant: String
    rows(count: Int!): [Row!]!
    lateRows(count: Int!): [Row!]
  }
  type Mutation {
    writeRows(count: Int!): [Row!] @authenticated
    write(length: Int!): String! @authenticated
  }
  type Subscription {
    texts(count: Int!, length: Int!): String! @public
    rows(count: Int!): [Row!]! @public
    "Has no event."
    quiet: String @public
  }
`;

/** The whole server over a resource without a database, whose answers are as long as a client asks. It has a port. */
export interface TextServer {
  readonly app: FastifyInstance;
  readonly emulator: Emulator;
  readonly port: number;
  /** Log lines written so far, parsed. */
  readonly logs: readonly Record<string, unknown>[];
  /** Lengths of the texts that mutations have written. */
  readonly written: readonly number[];
  /** Number of fields of rows that were resolved, milliseconds that each keeps the processor busy, and what `lateRows` waits for. */
  readonly fields: { resolved: number; busyMs?: number; gate?: Promise<void> };
  /** Events of subscriptions that were taken from their sources, and operations that were abandoned. */
  readonly events: { taken: number; abandoned: number };
  /** Returns how often a bound was hit, as `/metrics` says. */
  limitsHit(name: LimitName): Promise<number>;
  close(): Promise<void>;
}

const METRICS_TOKEN = 'a-token-for-metrics-of-the-text-server';

/**
 * Starts it.
 *
 * @param settings environment variables
 * @param options.limits bounds that have other values than the environment gives them
 */
export async function startTextServer(
  settings: Record<string, string> = {},
  { limits }: { readonly limits?: Partial<Limits> } = {},
): Promise<TextServer> {
  const folder = await mkdtemp(join(tmpdir(), 'entra-graphql-text-'));
  await writeFile(join(folder, 'text.graphql'), SDL);
  const emulator = await startEmulator({ ...emulatorSettings, port: 0 });
  const environment = {
    ...settingsOf(emulator),
    DATABASE_URL: 'postgres://nobody@127.0.0.1:9/none',
    METRICS_TOKEN,
    ...UNHURRIED,
    LIMIT_DATABASE_WAIT_MS: '300000',
    ...settings,
  };
  const logs: Record<string, unknown>[] = [];
  const written: number[] = [];
  const events = { taken: 0, abandoned: 0 };
  const fields: TextServer['fields'] = { resolved: 0 };
  const app = await createApp(loadTestConfig(environment, limits), {
    logger: { level: 'debug', stream: { write: keepLines(logs) } },
    createResource: createTexts(folder, { written, events, fields }),
  });
  watchTokens(app.server);
  await app.listen({ host: '127.0.0.1', port: 0 });
  return {
    app,
    emulator,
    port: Number(new URL(app.listeningOrigin).port),
    logs,
    written,
    events,
    fields,
    async limitsHit(name) {
      const { body } = await app.inject({ url: '/metrics', headers: { authorization: `Bearer ${METRICS_TOKEN}` } });
      const found = new RegExp(`^entra_graphql_limits_hit_total\\{limit="${name}"\\} (\\d+)$`, 'm').exec(body);
      return Number(found?.[1] ?? 0);
    },
    async close() {
      await app.close();
      await emulator.close();
      await rm(folder, { recursive: true });
    },
  };
}

/** Keeps the processor busy. Default: not at all. */
export function keepBusy(ms = 0): void {
  const end = performance.now() + ms;
  while (performance.now() < end);
}

function quiet(): AsyncIterableIterator<never> {
  return {
    next: () => new Promise(() => undefined),
    return: async () => ({ done: true, value: undefined }),
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}

interface Asked {
  readonly length: number;
  readonly count: number;
  readonly code?: number | null;
}

function createTexts(
  folder: string,
  {
    written,
    events,
    fields,
  }: {
    readonly written: number[];
    readonly events: TextServer['events'];
    readonly fields: TextServer['fields'];
  },
): CreateResource {
  const row = <T>(resolve: (asked: Asked) => T) => {
    return (_parent: unknown, asked: Asked) => {
      fields.resolved += 1;
      keepBusy(fields.busyMs);
      return resolve(asked);
    };
  };
  const rows = ({ count }: Asked) => Array.from({ length: count }, () => ({}));
  const text = (length: number, code?: number | null) => String.fromCharCode(code ?? 97).repeat(length);
  return async () => ({
    welcomeDocument: '',
    schemaFolder: pathToFileURL(`${folder}/`),
    policies: { always: () => true },
    resolvers: {
      Query: {
        text: (_parent: unknown, { length, code }: Asked) => text(length, code),
        texts: (_parent: unknown, { count, length }: Asked) => Array.from({ length: count }, () => text(length)),
        nested: (_parent: unknown, { length }: Asked) => ({ length }),
        guarded: (_parent: unknown, { length }: Asked) => text(length),
        rows: row(rows),
        guardedRows: row(rows),
        failingTexts: (_parent: unknown, { count }: Asked) =>
          Array.from({ length: count }, (_, nth) => {
            const error = new Error(`text ${nth}`);
            return nth % 2 === 0 ? error : Promise.reject(error);
          }),
        failing: (_parent: unknown, { length }: Asked) => {
          throw new Error(text(length));
        },
      },
      Nested: {
        text: ({ length }: Asked) => text(length),
        nested: (parent: Asked) => parent,
      },
      Row: {
        failing: () => {
          throw new Error('secret detail');
        },
        failingLate: async () => {
          throw new Error('secret detail');
        },
        meant: () => new GraphQLError('meant', { extensions: { code: 'MEANT' } }),
        text: row(({ length }) => text(length)),
        late: row(async ({ length }) => text(length)),
        rows: row(rows),
        lateRows: row(async (asked) => {
          await fields.gate;
          return rows(asked);
        }),
      },
      Mutation: {
        writeRows: (_parent: unknown, asked: Asked) => {
          written.push(asked.count);
          return rows(asked);
        },
        write: (_parent: unknown, { length }: Asked) => {
          written.push(length);
          return text(length);
        },
      },
      Subscription: {
        texts: {
          async *subscribe(_parent: unknown, { count, length }: Asked) {
            for (let event = 0; event < count; event += 1) {
              events.taken += 1;
              yield text(length);
            }
          },
          resolve: (event: string) => event,
        },
        rows: {
          async *subscribe(_parent: unknown, asked: Asked) {
            yield rows(asked);
          },
          resolve: (event: unknown) => event,
        },
        quiet: { subscribe: quiet },
      },
    },
    createContext: (caller): ResourceContext => ({
      caller,
      abandon: () => {
        events.abandoned += 1;
      },
      dispose: async () => undefined,
    }),
    ping: async () => undefined,
    close: async () => undefined,
  });
}
