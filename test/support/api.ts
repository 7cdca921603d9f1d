import type { FastifyInstance } from 'fastify';
import { type AppOptions, createApp } from '../../src/app.js';
import type { Limits } from '../../src/config/limits.js';
import { type Emulator, startEmulator } from '../../src/emulator/emulator.js';
import { emulatorSettings } from '../../src/expenses/sample-data/emulator-settings.js';
import { loadTestConfig, UNHURRIED } from './config.js';
import { createTestDatabase, type TestDatabase } from './database.js';
import { keepLines, noteTokens, watchTokens } from './vitest/log-scan.js';

/** A sign-in: a persona's name, with `+c1` when it steps up, or undefined for an anonymous caller. */
export type SignIn = string | undefined;

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  // biome-ignore lint/suspicious/noExplicitAny: tests read whatever JSON the server answers
  readonly body: { data?: any; errors?: { message: string; path?: (string | number)[]; extensions: any }[] };
}

/** The whole server over a database of its own and an emulator, without a port. */
export interface TestApi {
  readonly app: FastifyInstance;
  readonly emulator: Emulator;
  readonly database: TestDatabase;
  /** The options of its start. Another server with the same options is its replica. */
  readonly environment: Readonly<Record<string, string>>;
  /** Log lines written so far, parsed. */
  readonly logs: readonly Record<string, unknown>[];
  query(signIn: SignIn, query: string, variables?: Record<string, unknown>): Promise<Answer>;
  post(authorization: string | undefined, body: unknown, headers?: Record<string, string>): Promise<Answer>;
  close(): Promise<void>;
}

/**
 * Starts it.
 *
 * @param settings environment variables beside those that name emulator and database
 * @param options.createResource default: the sample resource
 * @param options.limits bounds that have other values than the environment gives them
 */
export async function startApi(
  settings: Record<string, string> = {},
  {
    limits,
    ...options
  }: Pick<AppOptions, 'createResource' | 'personas' | 'personaTokens' | 'signInInstance'> & {
    readonly limits?: Partial<Limits>;
  } = {},
): Promise<TestApi> {
  const [emulator, database] = await Promise.all([
    startEmulator({ ...emulatorSettings, port: 0 }),
    createTestDatabase(),
  ]);
  const environment = {
    ...settingsOf(emulator),
    DATABASE_URL: database.runtimeUrl,
    PORT: '0',
    ...UNHURRIED,
    LIMIT_DATABASE_WAIT_MS: '300000',
    ...settings,
  };
  const logs: Record<string, unknown>[] = [];
  const app = await createApp(loadTestConfig(environment, limits), {
    ...options,
    logger: { level: 'debug', stream: { write: keepLines(logs) } },
  });

  watchTokens(app.server);
  const post: TestApi['post'] = async (authorization, body, headers = {}) => {
    noteTokens(authorization);
    const response = await app.inject({
      method: 'POST',
      url: '/graphql',
      headers: {
        'content-type': 'application/json',
        ...(authorization !== undefined && { authorization }),
        ...headers,
      },
      payload: typeof body === 'string' ? body : JSON.stringify(body),
    });
    return { status: response.statusCode, headers: response.headers, body: response.json() };
  };
  return {
    app,
    emulator,
    database,
    environment,
    logs,
    post,
    async query(signIn, query, variables) {
      return post(signIn && `Bearer ${await issue(emulator, signIn)}`, { query, variables });
    },
    async close() {
      await app.close();
      await Promise.all([emulator.close(), database.drop()]);
    },
  };
}

/** The settings with which a server trusts this emulator. */
export function settingsOf({ instance }: Pick<Emulator, 'instance'>) {
  return {
    ENTRA_TENANT_ID: emulatorSettings.tenants[0].id,
    ENTRA_CLIENT_ID: emulatorSettings.api.clientId,
    ENTRA_INSTANCE: instance,
    DOWNSTREAM_CLIENT_SECRET: 'not-a-secret',
    DOWNSTREAM_GRAPH_URL: instance,
  };
}

/** Status and, when there is an error, its code: `200`, `200 FORBIDDEN`, `401 UNAUTHENTICATED`. */
export function outcome({ status, body }: Answer): string {
  const codes = new Set(body.errors?.map(({ extensions }) => extensions.code));
  return [status, ...codes].join(' ');
}

function issue(emulator: Emulator, signIn: string): Promise<string> {
  const [persona = '', authContext] = signIn.split('+');
  return emulator.issueAccessToken(persona, authContext ? { authContext } : {});
}
