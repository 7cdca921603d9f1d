import { z } from 'zod';
import { SHUTDOWN_LIMIT_SECONDS } from './contradictions.js';
import { downstreamShape } from './downstream-settings.js';
import { identityShape } from './identity-settings.js';
import { FAILURES_PER_MINUTE, limitShape } from './limits.js';
import {
  addressRange,
  CLAIM_NAMES,
  choice,
  claimName,
  guid,
  headerName,
  list,
  origin,
  postgresUrl,
  redisUrl,
  roleName,
  secret,
  whole,
} from './setting-checks.js';

/** `DATABASE_AUTH`, for the server and for `npm run migrate`. */
const databaseAuth = choice('password', 'entra').default('password').meta({
  description:
    '`password` or `entra`. With `entra`, the password of each connection is an access token for Azure Database for PostgreSQL, which `@azure/identity` gets for the identity of this host. The addresses then have no password, and `sslmode=verify-full`.',
});

/** The way the process was started: `npm run dev` is development and everything else is production. */
export type RunMode = 'development' | 'production';

/**
 * Each setting once: name, check, default and meaning. `docs/configuration.md` is generated from it. `absent` describes the
 * default if it is not a fixed value.
 */
export function settings(mode: RunMode) {
  const development = mode === 'development';
  return z.object({
    ...identityShape,
    ...downstreamShape,
    DATABASE_URL: postgresUrl.meta({
      description:
        'PostgreSQL as the run-time login. The start checks that this login owns nothing and cannot bypass row-level security.',
    }),
    DATABASE_AUTH: databaseAuth,
    DATABASE_LISTEN_URL: postgresUrl.optional().meta({
      description:
        'The same database without a connection pooler in between, for notifications. Needed where `DATABASE_URL` leads to PgBouncer in transaction mode.',
      absent: '`DATABASE_URL`',
    }),
    DATABASE_POOL_SIZE: whole(1, 1_000).default(10).meta({
      description:
        'Number of database connections of each server for operations. Four more are for `/readyz`, for notifications, for revocations and for the access record.',
    }),
    DATABASE_PREPARED_STATEMENTS: choice('on', 'off').default('on').meta({
      description:
        '`off` where a pooler gives each transaction another connection and knows nothing of prepared statements, such as PgBouncer before 1.21. Statements are then planned each time, at about twice the price for PostgreSQL. The start finds such a pooler out.',
    }),
    ENTRA_DATABASE_CLAIMS: list(claimName, CLAIM_NAMES).optional().meta({
      description:
        "Claims that row-level security may read, separated by commas: `groups,employeeid` for `entra.has_claim('groups', …)` and `entra.claim('employeeid')` in SQL.",
      absent: 'none',
    }),
    HOST: z.string().max(253).default('127.0.0.1').meta({ description: 'Address on which the server listens.' }),
    PORT: whole(0, 65_535).default(4000).meta({ description: 'Port on which the server listens.' }),
    PUBLIC_URL: origin('an address without a path, such as https://api.example.com')
      .optional()
      .meta({ description: 'Address that clients use.', absent: 'from `HOST` and `PORT`' }),
    AUTHORIZATION_MODE: choice('enforce', 'report').default('enforce').meta({
      description:
        '`enforce` or `report`. With `report`, nothing is denied to a verified caller; the log and `extensions.authorization` say what would have been denied.',
    }),
    AGENTS: choice('open', 'closed').default('open').meta({
      description:
        '`open` or `closed`. With `closed`, agents (Microsoft Entra Agent ID) may use public fields and those with `@allowsAgents`, and no others. With `open`, an agent passes the rules as its user or application does, and `@forbidsAgents` closes single fields.',
    }),
    AUTHORIZATION_HINTS: choice('on', 'off')
      .default('on')
      .meta({ description: '`on` or `off`: whether errors say which scope or role is missing.' }),
    GRAPHQL_INTROSPECTION: choice('public', 'authenticated', 'permitted', 'off')
      .default(development ? 'public' : 'authenticated')
      .meta({
        description:
          'Who may read the schema: `public`, `authenticated`, `permitted` (each caller sees what that caller may use) or `off`. Suggestions ("Did you mean") follow it.',
      }),
    GRAPHQL_COMPILED: choice('on', 'off').default('on').meta({
      description: '`on` compiles queries that come again and again. Answers do not change.',
    }),
    GRAPHQL_FAST_PATH: choice('on', 'off').default('on').meta({
      description:
        '`on` runs an operation without guards where the token alone decides everything in it. `off` has the rules of graphql-shield alone decide every field, and nothing is compiled. Answers do not change, but for the order of their errors.',
    }),
    FEDERATION: choice('off', 'subgraph').default('off').meta({
      description:
        '`off` or `subgraph`. With `subgraph`, the API is a subgraph of Apollo Federation 2: types with `@key` are entities that routers look up.',
    }),
    FEDERATION_SDL_PERMISSION: roleName.optional().meta({
      description:
        'Application permission (`roles` of an app-only token) that opens the schema of the subgraph, `_service { sdl }`, and closes it to everybody else.',
      absent: 'as `GRAPHQL_INTROSPECTION` says',
    }),
    EXPLORER: choice('on', 'off')
      .default(development ? 'on' : 'off')
      .meta({
        description: '`on` or `off`: pages for browsers, Apollo Sandbox at `/graphql` and GraphiQL at `/explorer`.',
      }),
    EXPLORER_CLIENT_ID: guid('the application (client) id of an app registration for the explorer, a GUID')
      .optional()
      .meta({
        description:
          'App registration with which users sign in at `/explorer`. Its platform is single-page application, with the redirect URI `<PUBLIC_URL>/explorer/signed-in`.',
        absent: 'no sign-in: an access token is pasted',
      }),
    PERMISSIONS_PAGE_ROLE: roleName.optional().meta({
      description:
        'App role that opens `/permissions`, the page of who may use what. The page is then empty until a user with this role has shown an access token.',
      absent: 'no page (`npm run dev`: the page is open)',
    }),
    CORS_ORIGINS: list(origin('origins such as https://app.example.com, separated by commas'), 'origins')
      .optional()
      .meta({ description: 'Origins of web clients, separated by commas.', absent: 'none' }),
    CORS_HEADERS: list(headerName, 'names of headers').optional().meta({
      description:
        'Request headers that web pages may send in addition to those of GraphQL clients, separated by commas.',
      absent: 'none',
    }),
    TRUST_PROXY: list(addressRange, 'addresses or ranges').optional().meta({
      description:
        'Addresses or ranges of the proxies in front, whose `X-Forwarded-For` counts. A range has at most the size of /8 (IPv4) or /16 (IPv6).',
      absent: 'none',
    }),
    RATE_LIMIT_FAILURES_PER_MINUTE: whole(...FAILURES_PER_MINUTE.range)
      .default(FAILURES_PER_MINUTE.default)
      .meta({
        description:
          'Refused tokens from one address in a minute. Above it, bad tokens get 429, and good ones are verified within a budget. 0 turns the limit off.',
      }),
    READY_WITHOUT_DATABASE_SECONDS: whole(0, 300)
      .default(development ? 0 : 10)
      .meta({
        description:
          'Seconds without the database in which `/readyz` still says 200, with the status `degraded`. A short outage then does not take all replicas out of service at once. 0 to 300.',
      }),
    SHUTDOWN_DELAY_SECONDS: whole(0, 600)
      .default(development ? 0 : 5)
      .meta({
        description:
          'Seconds after SIGTERM in which `/readyz` says 503 while all requests are still served, so that load balancers notice. 0 to 600.',
      }),
    SHUTDOWN_LIMIT_SECONDS: whole(1, 3600).default(SHUTDOWN_LIMIT_SECONDS).meta({
      description: 'Seconds after SIGTERM at which open connections are cut off. More than the delay, 1 to 3600.',
    }),
    METRICS_TOKEN: secret.optional().meta({
      description: 'Bearer token that opens `/metrics`. 24 to 200 characters.',
      absent: 'none: `/metrics` is closed',
    }),
    TRUSTED_DOCUMENTS: choice('off', 'log', 'only').default('off').meta({
      description:
        '`only` runs the documents of `TRUSTED_DOCUMENTS_FILE` and no others. `log` runs all, and the log says which requests have another document.',
    }),
    TRUSTED_DOCUMENTS_FILE: z.string().max(4_096).optional().meta({
      description:
        "JSON file with the text of each document by its hash, such as `persisted-documents.json` of GraphQL Code Generator's client preset. Needed with `TRUSTED_DOCUMENTS`.",
      absent: 'none',
    }),
    REDIS_URL: redisUrl.optional().meta({
      description:
        'Redis in which all servers count the rates of callers together (`LIMIT_CALLER_…_PER_MINUTE`, `LIMIT_APPLICATION_…_PER_MINUTE`), and share tokens for other APIs (`DOWNSTREAM_CACHE_KEY`). While it cannot be reached, each server goes on by itself.',
      absent: 'each server counts by itself',
    }),
    ACCESS_RECORD_READS: choice('required', 'buffered').default('required').meta({
      description:
        '`required`: the value of a field with `@audited` is shown once its use is recorded. `buffered`: it does not wait for that, and a use that cannot be recorded for long is lost. Changes are always recorded in their own transaction.',
    }),
    METRICS_DENIED_COORDINATES: choice('on', 'off').default('off').meta({
      description:
        '`on` counts denials by coordinate of the schema in `/metrics`: one series for each field or argument that was denied.',
    }),
    LOG_LEVEL: choice('fatal', 'error', 'warn', 'info', 'debug', 'silent')
      .default('info')
      .meta({ description: '`fatal`, `error`, `warn`, `info`, `debug` or `silent`.' }),
    ...limitShape,
  });
}

/** The settings of `npm run migrate`. */
export const migrationShape = {
  DATABASE_MIGRATION_URL: postgresUrl.meta({
    description:
      'PostgreSQL as the owner, for `npm run migrate` alone. It creates the login of `DATABASE_URL` if that login is missing.',
  }),
  DATABASE_URL: postgresUrl,
  DATABASE_AUTH: databaseAuth,
};

/** Names of the settings of `docs/configuration.md`, those of `npm run migrate` included. `NODE_ENV` is Node's own. */
export const SETTING_NAMES: readonly string[] = [
  ...Object.keys(settings('production').shape),
  'DATABASE_MIGRATION_URL',
].filter((name) => name !== 'NODE_ENV' && !name.startsWith('LIMIT_'));

/** Names of the settings of `docs/limits.md`. */
export const LIMIT_SETTING_NAMES: readonly string[] = Object.keys(limitShape);
