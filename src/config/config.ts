import { isIP } from 'node:net';
import { z } from 'zod';
import { type FindContradictions, findServerContradictions } from './contradictions.js';
import { findDatabaseContradictions } from './database-contradictions.js';
import { findDownstreamContradictions, toDownstream } from './downstream-settings.js';
import {
  findIdentityContradictions,
  identityShape,
  toAuthentication,
  toDownstreamAuthorities,
  toProxy,
} from './identity-settings.js';
import { findFixedLimit, followedSettings, toLimits } from './limits.js';
import { LIMIT_SETTING_NAMES, migrationShape, type RunMode, SETTING_NAMES, settings } from './settings.js';
import { tlsNotes, withPlainTlsMode } from './tls-mode.js';

/** All settings of the server, checked and frozen. Made by {@link loadConfig} only. */
export type Config = ReturnType<typeof toConfig>;

/** `DATABASE_URL` of an API without a database. Nothing connects to it. */
export const NO_DATABASE_URL = 'postgres://none:none@localhost:5432/none';

/** One or more settings are missing or wrong. `message` has a line for each. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  constructor(readonly problems: readonly string[]) {
    super(problems.join('\n'));
  }
}

/**
 * Turns environment variables into a `Config`.
 *
 * @throws ConfigError with one line for each missing or bad setting. The line has its name, the given value and the
 *   expected one.
 */
export function loadConfig(environment: Readonly<Record<string, string | undefined>>, mode: RunMode): Config {
  return deepFreeze(
    toConfig(
      read(environment, settings(mode), [
        findIdentityContradictions,
        findDownstreamContradictions,
        findServerContradictions,
        findDatabaseContradictions,
      ]),
      mode,
    ),
  );
}

/** Settings of `npm run migrate`: the addresses of the owner and of the run-time login. */
export interface MigrationConfig {
  readonly migrationUrl: string;
  readonly runtimeUrl: string;
  readonly auth: 'password' | 'entra';
  /** Notes on what the TLS modes of the addresses check, one line each. */
  readonly tlsNotes: readonly string[];
}

/** @throws ConfigError like {@link loadConfig} */
export function loadMigrationConfig(environment: Readonly<Record<string, string | undefined>>): MigrationConfig {
  const given = withoutEmpty(environment);
  const values = check(given, z.object(migrationShape), [findDatabaseContradictions]);
  const { DATABASE_MIGRATION_URL, DATABASE_URL } = values;
  return {
    migrationUrl: withPlainTlsMode(DATABASE_MIGRATION_URL),
    runtimeUrl: withPlainTlsMode(DATABASE_URL),
    auth: values.DATABASE_AUTH,
    tlsNotes: tlsNotes({ DATABASE_MIGRATION_URL, DATABASE_URL }),
  };
}

/** Loads the settings of `revoke`. @throws ConfigError like {@link loadConfig} */
export function loadRevocationConfig(environment: Readonly<Record<string, string | undefined>>) {
  const { DATABASE_MIGRATION_URL, DATABASE_AUTH } = migrationShape;
  const values = read(environment, z.object({ DATABASE_MIGRATION_URL, DATABASE_AUTH }), []);
  return { migrationUrl: withPlainTlsMode(values.DATABASE_MIGRATION_URL), auth: values.DATABASE_AUTH };
}

/** Settings for judging access tokens: `authentication` of a {@link Config}, and the way to the identity provider. */
export type AuthenticationConfig = Pick<Config, 'authentication' | 'proxy'>;

/**
 * Loads the settings of `token inspect` and `doctor`: those that decide about tokens.
 *
 * @throws ConfigError like {@link loadConfig}
 */
export function loadAuthenticationConfig(
  environment: Readonly<Record<string, string | undefined>>,
): AuthenticationConfig {
  const values = read(environment, z.object(identityShape), [findIdentityContradictions]);
  return deepFreeze({ authentication: toAuthentication(values), proxy: toProxy(values) });
}

/**
 * Loads the settings of `registration`, from which the app registration is built. Each may be missing.
 *
 * @throws ConfigError like {@link loadConfig}
 */
export function loadRegistrationConfig(environment: Readonly<Record<string, string | undefined>>) {
  const names = {
    ENTRA_TENANT_ID: true,
    ENTRA_CLIENT_ID: true,
    ENTRA_AUDIENCES: true,
    ENTRA_REQUIRED_CLAIMS: true,
    ENTRA_GROUP_ROLES: true,
    ENTRA_DATABASE_CLAIMS: true,
    ENTRA_GROUP_LOOKUP: true,
  } as const;
  const values = read(environment, settings('production').pick(names).partial(), []);
  return {
    tenantId: values.ENTRA_TENANT_ID,
    audiences: [...(values.ENTRA_AUDIENCES ?? []), ...(values.ENTRA_CLIENT_ID ? [values.ENTRA_CLIENT_ID] : [])],
    mapsGroups: values.ENTRA_GROUP_ROLES !== undefined,
    groupLookup: values.ENTRA_GROUP_LOOKUP ?? 'off',
    claims: [
      ...new Set([...Object.keys(values.ENTRA_REQUIRED_CLAIMS ?? {}), ...(values.ENTRA_DATABASE_CLAIMS ?? [])]),
    ].sort(),
  };
}

/**
 * Checks every setting by itself. Those of the right form are then compared with each other, so that one error has all
 * problems.
 */
function read<Shape extends z.ZodRawShape>(
  environment: Readonly<Record<string, string | undefined>>,
  schema: z.ZodObject<Shape>,
  contradictions: readonly FindContradictions<z.output<z.ZodObject<Shape>>>[],
): z.output<z.ZodObject<Shape>> {
  const given = withoutEmpty(environment);
  return check(given, schema, contradictions, [
    ...unknownNames(given),
    ...formerNames(given),
    ...emptyRestrictions(environment),
  ]);
}

/** @throws ConfigError with the problems that were found before and all others */
function check<Shape extends z.ZodRawShape>(
  given: Record<string, unknown>,
  schema: z.ZodObject<Shape>,
  contradictions: readonly FindContradictions<z.output<z.ZodObject<Shape>>>[],
  before: readonly string[] = [],
): z.output<z.ZodObject<Shape>> {
  const parsed = schema.safeParse(given);
  const issues = parsed.error?.issues ?? [];
  const isSound = (name: string) => !issues.some(({ path }) => path[0] === name);
  const values = parsed.data ?? soundValues(schema, given);
  const contradicting = contradictions.flatMap((find) => find(values, isSound, given));
  const problems = [
    ...before,
    ...issues.map((issue) => describeProblem(issue, given)),
    ...contradicting.map(({ name, expected }) =>
      describeProblem({ code: 'custom', path: [name], message: expected }, given),
    ),
  ];
  if (!parsed.success || problems.length > 0) throw new ConfigError([...new Set(problems)]);
  return parsed.data;
}

/** Returns the settings of the right form, and the defaults of those that are left out. */
function soundValues<Shape extends z.ZodRawShape>({ shape }: z.ZodObject<Shape>, given: Record<string, unknown>) {
  const values = Object.entries(shape).map(([name, check]) => [name, z.safeParse(check, given[name]).data]);
  return Object.fromEntries(values) as Partial<z.output<z.ZodObject<Shape>>>;
}

function toConfig(values: z.output<ReturnType<typeof settings>>, mode: RunMode) {
  return {
    authentication: toAuthentication(values),
    proxy: toProxy(values),
    downstream: { ...toDownstream(values), authorities: toDownstreamAuthorities(values) },
    database: {
      url: withPlainTlsMode(values.DATABASE_URL),
      auth: values.DATABASE_AUTH,
      listenUrl: values.DATABASE_LISTEN_URL && withPlainTlsMode(values.DATABASE_LISTEN_URL),
      poolSize: values.DATABASE_POOL_SIZE,
      tlsNotes: tlsNotes({ DATABASE_URL: values.DATABASE_URL, DATABASE_LISTEN_URL: values.DATABASE_LISTEN_URL }),
      prepares: values.DATABASE_PREPARED_STATEMENTS === 'on',
      claims: values.ENTRA_DATABASE_CLAIMS ?? [],
      accessRecordReads: values.ACCESS_RECORD_READS,
    },
    http: {
      host: values.HOST,
      port: values.PORT,
      publicUrl:
        values.PUBLIC_URL ?? `http://${isIP(values.HOST) === 6 ? `[${values.HOST}]` : values.HOST}:${values.PORT}`,
      corsOrigins: values.CORS_ORIGINS ?? [],
      corsHeaders: values.CORS_HEADERS ?? [],
      allowsLoopbackOrigins: mode === 'development',
      trustedProxies: values.TRUST_PROXY ?? [],
      failuresPerMinute: values.RATE_LIMIT_FAILURES_PER_MINUTE,
      metricsToken: values.METRICS_TOKEN,
      countsDeniedCoordinates: values.METRICS_DENIED_COORDINATES === 'on',
      readyWithoutDatabaseMs: values.READY_WITHOUT_DATABASE_SECONDS * 1000,
      shutdown: { delayMs: values.SHUTDOWN_DELAY_SECONDS * 1000, limitMs: values.SHUTDOWN_LIMIT_SECONDS * 1000 },
    },
    authorization: {
      mode: values.AUTHORIZATION_MODE,
      hints: values.AUTHORIZATION_HINTS === 'on',
      agents: values.AGENTS,
    },
    graphql: {
      introspection: values.GRAPHQL_INTROSPECTION,
      compiled: values.GRAPHQL_COMPILED === 'on',
      fastPath: values.GRAPHQL_FAST_PATH === 'on',
    },
    federation: { isSubgraph: values.FEDERATION === 'subgraph', sdlPermission: values.FEDERATION_SDL_PERMISSION },
    trustedDocuments: { mode: values.TRUSTED_DOCUMENTS, file: values.TRUSTED_DOCUMENTS_FILE },
    redisUrl: values.REDIS_URL,
    limits: toLimits(values),
    explorer: {
      enabled: values.EXPLORER === 'on',
      clientId: values.EXPLORER_CLIENT_ID,
      permissions: {
        enabled: values.PERMISSIONS_PAGE_ROLE !== undefined || (mode === 'development' && values.EXPLORER === 'on'),
        role: values.PERMISSIONS_PAGE_ROLE,
      },
    },
    logLevel: values.LOG_LEVEL,
  };
}

const PROXY_NAMES = ['HTTPS_PROXY', 'HTTP_PROXY', 'NO_PROXY'] as const;

/**
 * An empty setting (`PORT=` in a .env file) counts as none. The names of proxies are as often written in lower case, and
 * most programs prefer that spelling.
 */
function withoutEmpty(environment: Readonly<Record<string, string | undefined>>) {
  const lowerCase = PROXY_NAMES.map((name) => [name, environment[name.toLowerCase()]] as const);
  const given = [...Object.entries(environment), ...lowerCase];
  return Object.fromEntries(given.filter(([, value]) => value?.trim()));
}

/**
 * Returns names that no setting has. A misspelt ENTRA_ name would silently leave a restriction off, and a misspelt LIMIT_
 * name a bound. Both stop the start like a bad value.
 */
function unknownNames(given: Record<string, unknown>): string[] {
  const entraNames = SETTING_NAMES.filter((name) => name.startsWith('ENTRA_'));
  const unknown = (prefix: string, known: readonly string[], hint: (name: string) => string) =>
    Object.keys(given)
      .filter((name) => name.startsWith(prefix) && !known.includes(name))
      .map((name) => `${name}: no such setting; ${hint(name)}`);
  return [
    ...unknown('ENTRA_', entraNames, () => `the ENTRA_ settings are ${entraNames.join(', ')}`),
    ...unknown('LIMIT_', LIMIT_SETTING_NAMES, limitHint),
  ];
}

/** Fixed bounds had settings in former versions. */
function limitHint(setting: string): string {
  const fixed = findFixedLimit(setting);
  if (!fixed) return 'docs/limits.md lists the LIMIT_ settings';
  const [followed] = followedSettings(fixed);
  return `this bound is fixed${followed ? ` and follows ${followed}` : ''}, see docs/limits.md`;
}

/** Returns a line for a setting with its former name, which would otherwise have no effect. */
function formerNames({ GRAPHQL_JIT: jit }: Record<string, unknown>): string[] {
  return jit === undefined
    ? []
    : ['GRAPHQL_JIT: no such setting; it is called GRAPHQL_COMPILED, and is "on" by default'];
}

/** Settings that restrict who may call. Without one anybody may call, which an empty value does not mean. */
const RESTRICTIONS = {
  ENTRA_ALLOWED_CLIENTS: 'client ids, separated by commas,',
  ENTRA_REQUIRED_CLAIMS: 'claims with their accepted values',
} as const;

function emptyRestrictions(environment: Readonly<Record<string, string | undefined>>): string[] {
  return Object.entries(RESTRICTIONS)
    .filter(([name]) => environment[name]?.trim() === '')
    .map(([name, expected]) => `${name}: set but empty; expected ${expected} or no such setting at all`);
}

type Issue = Pick<z.core.$ZodIssue, 'code' | 'path' | 'message'>;

function describeProblem(issue: Issue, given: Record<string, unknown>): string {
  const name = String(issue.path[0]);
  const value = given[name];
  if (value === undefined) return `${name}: missing; expected ${expectation(name, issue)}${developmentHint(name)}`;
  return `${name}: got ${display(name, String(value))}; expected ${issue.message}`;
}

/** A newcomer who lacks a setting may only want to try the server. The owner of a wrong value has a tenant. */
function developmentHint(name: string): string {
  return name.startsWith('ENTRA_') ? ' (the command "dev" needs no ENTRA_ setting)' : '';
}

/**
 * Returns the expected form of a setting. Zod reports a missing value as "Invalid input", so the words for a wrong value are
 * used.
 */
function expectation(name: string, issue: Issue): string {
  if (issue.code === 'custom') return issue.message;
  const check = { ...settings('production').shape, ...migrationShape }[name];
  return check?.safeParse('\u0000').error?.issues[0]?.message ?? issue.message;
}

/**
 * Returns a short form of a value. Addresses of databases and proxies hold passwords, and any setting may hold a pasted
 * secret.
 */
function display(name: string, value: string): string {
  if (/^DATABASE_(.+_)?URL$|^REDIS_URL$|^HTTPS?_PROXY$/.test(name))
    return 'an address (not shown, it may hold a password)';
  if (['METRICS_TOKEN', 'DOWNSTREAM_CLIENT_SECRET', 'DOWNSTREAM_CACHE_KEY'].includes(name))
    return `${value.length} characters (not shown)`;
  return JSON.stringify(value.length > 60 ? `${value.slice(0, 57)}...` : value);
}

function deepFreeze<T>(value: T): T {
  if (value !== null && typeof value === 'object') Object.values(value).forEach(deepFreeze);
  return Object.freeze(value);
}
