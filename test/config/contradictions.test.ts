import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createAuthentication } from '../../src/authentication/authentication.js';
import { ConfigError, loadAuthenticationConfig, loadConfig, loadMigrationConfig } from '../../src/config/config.js';
import { runInTerminal } from '../support/terminal.js';

const own = '11111111-1111-4111-8111-111111111111';
const other = '22222222-2222-4222-8222-222222222222';
const clientId = '33333333-3333-4333-8333-333333333333';
const client = '44444444-4444-4444-8444-444444444444';
const valid = {
  ENTRA_TENANT_ID: own,
  ENTRA_CLIENT_ID: clientId,
  DATABASE_URL: 'postgres://api:secret@127.0.0.1:9/api',
};

const external = { ENTRA_INSTANCE: 'https://contoso.ciamlogin.com', ENTRA_ALLOWED_TENANTS: own };

const CONTRADICTIONS: [string, Record<string, string>][] = [
  ['ENTRA_ALLOWED_TENANTS', { ENTRA_ALLOWED_TENANTS: other }],
  ['ENTRA_ALLOWED_TENANTS', { ENTRA_ALLOWED_TENANTS: `${own},${other}` }],
  ['ENTRA_ALLOWED_TENANTS', { ENTRA_TENANT_ID: 'organizations' }],
  ['ENTRA_ALLOWED_TENANTS', { ENTRA_ALLOWED_TENANTS: 'any' }],
  ['ENTRA_AUDIENCES', { ENTRA_AUDIENCES: 'api://expenses', ENTRA_ACCEPT_V1_TOKENS: 'false' }],
  [
    'ENTRA_CLIENTS_WITHOUT_PERMISSIONS',
    { ENTRA_ALLOWED_CLIENTS: client, ENTRA_CLIENTS_WITHOUT_PERMISSIONS: `${client},${other}` },
  ],
  ['ENTRA_TENANT_ID', { ...external, ENTRA_TENANT_ID: 'common' }],
  ['ENTRA_TENANT_ID', { ...external, ENTRA_TENANT_ID: 'organizations' }],
  ['ENTRA_TENANT_ID', { ENTRA_TENANT_ID: 'consumers' }],
  ['ENTRA_AUDIENCES', { ENTRA_INSTANCE: 'https://contoso.ciamlogin.com', ENTRA_AUDIENCES: 'api://expenses' }],
  ['ENTRA_CLIENT_ID', { ENTRA_CLIENT_ID: own }],
  ['ENTRA_CLIENT_ID', { ENTRA_CLIENT_ID: '00000003-0000-0000-c000-000000000000' }],
  ['ENTRA_AUDIENCES', { ENTRA_AUDIENCES: `${clientId},https://graph.microsoft.com` }],
  ['ENTRA_ALLOWED_TENANTS', { ENTRA_TENANT_ID: 'organizations', ENTRA_ALLOWED_TENANTS: `${own},${clientId}` }],
  ['ENTRA_ALLOWED_CLIENTS', { ENTRA_ALLOWED_CLIENTS: own }],
  ['ENTRA_CLIENTS_WITHOUT_PERMISSIONS', { ENTRA_CLIENTS_WITHOUT_PERMISSIONS: own }],
  ['ENTRA_AUDIENCES', { ENTRA_AUDIENCES: `${clientId},${own}` }],
  ['ENTRA_INSTANCE', { ENTRA_INSTANCE: 'https://graph.microsoft.com' }],
  ['ENTRA_INSTANCE', { ENTRA_INSTANCE: 'https://management.azure.com' }],
  ['ENTRA_INSTANCE', { ENTRA_INSTANCE: 'https://portal.azure.com' }],
  ['ENTRA_INSTANCE', { ENTRA_INSTANCE: 'https://entra.microsoft.com' }],
  ['ENTRA_INSTANCE', { ENTRA_INSTANCE: 'https://contoso.onmicrosoft.com' }],
  ['ENTRA_INSTANCE', { ENTRA_INSTANCE: 'https://contoso.b2clogin.com' }],
  ['ENTRA_INSTANCE', { ENTRA_INSTANCE: 'https://login.microsoftonline.com/common' }],
];

/** The one rule that settings have and options do not: options know nothing of the environment. */
const PRODUCTION_CONTRADICTIONS: typeof CONTRADICTIONS = [
  ['ENTRA_INSTANCE', { ENTRA_INSTANCE: 'http://127.0.0.1:9', NODE_ENV: 'production' }],
];

const listOf = (value: string | undefined) => value?.split(',');

/** Options of `createAuthentication` that say the same as settings do. */
const optionsOf = (settings: Record<string, string | undefined>) => ({
  tenantId: settings.ENTRA_TENANT_ID ?? '',
  clientId: settings.ENTRA_CLIENT_ID ?? '',
  instance: settings.ENTRA_INSTANCE,
  audiences: listOf(settings.ENTRA_AUDIENCES),
  allowedTenants: settings.ENTRA_ALLOWED_TENANTS === 'any' ? ('any' as const) : listOf(settings.ENTRA_ALLOWED_TENANTS),
  allowedClients: listOf(settings.ENTRA_ALLOWED_CLIENTS),
  clientsWithoutPermissions: listOf(settings.ENTRA_CLIENTS_WITHOUT_PERMISSIONS),
  acceptV1Tokens: settings.ENTRA_ACCEPT_V1_TOKENS !== 'false',
});

function problemsOf(load: () => unknown): readonly string[] {
  try {
    load();
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
}

describe('settings of the server that contradict each other', () => {
  const ofServer: [string, Record<string, string>, mode?: 'development'][] = [
    ['SHUTDOWN_LIMIT_SECONDS', { SHUTDOWN_DELAY_SECONDS: '6', SHUTDOWN_LIMIT_SECONDS: '2' }],
    ['SHUTDOWN_LIMIT_SECONDS', { SHUTDOWN_DELAY_SECONDS: '6', SHUTDOWN_LIMIT_SECONDS: '6' }],
    ['SHUTDOWN_LIMIT_SECONDS', { SHUTDOWN_LIMIT_SECONDS: '5' }],
    ['SHUTDOWN_DELAY_SECONDS', { SHUTDOWN_DELAY_SECONDS: '25' }],
    ['SHUTDOWN_DELAY_SECONDS', { SHUTDOWN_DELAY_SECONDS: '600' }, 'development'],
    ['LIMIT_CONNECTIONS_PER_ADDRESS', { LIMIT_CONNECTIONS_PER_ADDRESS: '101', LIMIT_CONNECTIONS: '100' }],
    ['LIMIT_VERIFIED_SOCKETS', { LIMIT_VERIFIED_SOCKETS: '101', LIMIT_CONNECTIONS: '100' }],
    ['LIMIT_ANONYMOUS_SOCKETS', { LIMIT_ANONYMOUS_SOCKETS: '101', LIMIT_CONNECTIONS: '100' }],
    ['LIMIT_CALLER_SOCKETS', { LIMIT_CALLER_SOCKETS: '6', LIMIT_VERIFIED_SOCKETS: '5' }],
    ['LIMIT_CALLER_CONNECTIONS', { LIMIT_CALLER_CONNECTIONS: '4', DATABASE_POOL_SIZE: '3' }],
    ['LIMIT_STATEMENT_SECONDS', { LIMIT_STATEMENT_SECONDS: '4', LIMIT_OPERATION_SECONDS: '3' }],
    ['LIMIT_SUBSCRIPTION_COST', { LIMIT_SUBSCRIPTION_COST: '101', LIMIT_OPERATION_COST: '100' }],
    ['LIMIT_DOCUMENT_BYTES', { LIMIT_DOCUMENT_BYTES: '2049', LIMIT_REQUEST_BODY_BYTES: '2048' }],
  ];
  const problems = (changes: Record<string, string>, mode?: 'development') =>
    problemsOf(() => loadConfig({ ...valid, ...changes }, mode ?? 'production'));

  it.each(ofServer)('%s: %o are one line that names both', (name, changes, mode) => {
    const both = new RegExp(`^${name}: got "\\d+"; expected [^\n]+ which is "?\\d+"?$`);
    expect(problems(changes, mode)).toEqual([expect.stringMatching(both)]);
    expect(problemsOf(() => loadAuthenticationConfig({ ...valid, ...changes }))).toEqual([]);
  });

  it.each([
    [{ EXPLORER_CLIENT_ID: own }, 'the id in ENTRA_TENANT_ID'],
    [{ EXPLORER_CLIENT_ID: other, ENTRA_ALLOWED_CLIENTS: client }, 'ENTRA_ALLOWED_CLIENTS names too'],
  ])('EXPLORER_CLIENT_ID: %o is one line that says why', (changes, words) => {
    expect(problems(changes)).toEqual([expect.stringMatching(new RegExp(`^EXPLORER_CLIENT_ID: .*${words}`))]);
    expect(problems({ EXPLORER_CLIENT_ID: client, ENTRA_ALLOWED_CLIENTS: `${other},${client}` })).toEqual([]);
  });

  it.each(ofServer)('%s: %o are reported beside a setting of the wrong form', (_name, changes, mode) => {
    const alone = problems(changes, mode);
    expect(problems({ ...changes, PORT: 'http' }, mode)).toEqual([expect.stringMatching(/^PORT: /), ...alone]);
  });

  it.each(ofServer)('%s of the wrong form contradicts nothing in %o', (name, changes, mode) => {
    for (const malformed of Object.keys(changes)) {
      const found = problems({ ...changes, [malformed]: '999999999999999999' }, mode);
      expect([name, found.map((line) => line.split(':')[0])]).toEqual([name, [malformed]]);
    }
  });

  it.each(ofServer.filter(([name]) => name.startsWith('LIMIT_')))(
    '%s may be as large as its whole in %o',
    (name, changes) => {
      const whole = Object.entries(changes).find(([other]) => other !== name)?.[1] ?? '';
      expect(problems({ ...changes, [name]: whole })).toEqual([]);
    },
  );

  it.each(ofServer.filter(([name]) => name.startsWith('LIMIT_')))(
    '%s alone in %o contradicts nothing',
    (name, changes) => {
      for (const [one, value] of Object.entries(changes))
        expect([name, problems({ [one]: value })]).toEqual([name, []]);
    },
  );

  it.each([{ SHUTDOWN_DELAY_SECONDS: '24' }, { SHUTDOWN_LIMIT_SECONDS: '6' }])('but not the times of %o', (changes) => {
    expect(problems(changes)).toEqual([]);
  });
});

describe('settings of the identity that contradict each other beside settings of the wrong form', () => {
  const problems = (changes: Record<string, string>) =>
    problemsOf(() => loadAuthenticationConfig({ ...valid, ...changes }));
  const malformed = { ENTRA_CLOCK_TOLERANCE_SECONDS: 'a minute' };
  const otherLine = /^ENTRA_CLOCK_TOLERANCE_SECONDS: got "a minute"/;

  it.each([...CONTRADICTIONS, ...PRODUCTION_CONTRADICTIONS])('%s: %o are reported with them', (_name, changes) => {
    const alone = problems(changes);
    const together = problems({ ...changes, ...malformed });
    expect(alone).toHaveLength(1);
    expect(new Set(together)).toEqual(new Set([...alone, expect.stringMatching(otherLine)]));
  });

  it.each([
    [{ ENTRA_TENANT_ID: 'contoso', ENTRA_ALLOWED_TENANTS: other }, ['ENTRA_TENANT_ID']],
    [{ ENTRA_TENANT_ID: 'organizations', ENTRA_ALLOWED_TENANTS: 'contoso' }, ['ENTRA_ALLOWED_TENANTS']],
    [{ ENTRA_CLIENT_ID: 'api', ENTRA_AUDIENCES: 'https://graph.microsoft.com' }, ['ENTRA_CLIENT_ID']],
    [{ ENTRA_ALLOWED_CLIENTS: 'app', ENTRA_CLIENTS_WITHOUT_PERMISSIONS: client }, ['ENTRA_ALLOWED_CLIENTS']],
    [{ ENTRA_INSTANCE: 'contoso.ciamlogin.com', ENTRA_AUDIENCES: 'api://expenses' }, ['ENTRA_INSTANCE']],
    [{ ENTRA_INSTANCE: 'login', ENTRA_TENANT_ID: own, ENTRA_CLIENT_ID: own }, ['ENTRA_INSTANCE', 'ENTRA_CLIENT_ID']],
    [
      { ENTRA_INSTANCE: 'login', ENTRA_AUDIENCES: 'api://expenses', ENTRA_ACCEPT_V1_TOKENS: 'false' },
      ['ENTRA_INSTANCE', 'ENTRA_AUDIENCES'],
    ],
    [
      { ENTRA_TENANT_ID: 'contoso', ENTRA_ALLOWED_TENANTS: other, ENTRA_ALLOWED_CLIENTS: other },
      ['ENTRA_TENANT_ID', 'ENTRA_ALLOWED_CLIENTS'],
    ],
  ])('a setting of the wrong form contradicts nothing, and the others still do: %o', (changes, names) => {
    expect(problems(changes).map((line) => line.split(':')[0])).toEqual(names);
  });

  it('a missing setting contradicts nothing', () => {
    const { ENTRA_CLIENT_ID: _left, ...rest } = valid;
    const environment = { ...rest, ENTRA_TENANT_ID: 'organizations', ENTRA_AUDIENCES: 'https://graph.microsoft.com' };
    expect(problemsOf(() => loadAuthenticationConfig(environment)).map((line) => line.split(':')[0])).toEqual([
      'ENTRA_CLIENT_ID',
      'ENTRA_ALLOWED_TENANTS',
    ]);
  });
});

describe('settings that contradict each other', () => {
  it.each([...CONTRADICTIONS, ...PRODUCTION_CONTRADICTIONS])(
    '%s: %o are one line, the same for start, doctor and token inspect',
    async (name, changes) => {
      const environment: Record<string, string> = { ...valid, ...changes };
      const lines = problemsOf(() => loadConfig(environment, 'production'));
      expect(lines).toEqual([expect.stringMatching(new RegExp(`^${name}: [^\n]+$`))]);
      expect(problemsOf(() => loadAuthenticationConfig(environment))).toEqual(lines);
      for (const command of [['start'], ['doctor', '--json'], ['token', 'inspect', 'not-a-token']]) {
        const { code, printed, complaints } = await runInTerminal(command, { environment });
        expect(code).not.toBe(0);
        const said = `${printed}${complaints}`.replaceAll('\\"', '"').replaceAll(/\s+/g, ' ');
        expect(said).toContain(lines[0]);
        expect(said).not.toMatch(/\bat .*\.ts:\d+/);
      }
    },
  );

  it.each([
    [{ ENTRA_ALLOWED_TENANTS: own }],
    [{ ENTRA_TENANT_ID: 'organizations', ENTRA_ALLOWED_TENANTS: `${own},${other}` }],
    [{ ENTRA_TENANT_ID: 'organizations', ENTRA_ALLOWED_TENANTS: 'any' }],
    [{ ENTRA_TENANT_ID: 'common', ENTRA_ALLOWED_TENANTS: 'any' }],
    [{ ENTRA_AUDIENCES: 'api://expenses' }],
    [{ ENTRA_AUDIENCES: `api://expenses,${clientId}`, ENTRA_ACCEPT_V1_TOKENS: 'false' }],
    [{ ENTRA_CLIENTS_WITHOUT_PERMISSIONS: client }],
    [{ ENTRA_ALLOWED_CLIENTS: `${client},${other}`, ENTRA_CLIENTS_WITHOUT_PERMISSIONS: client }],
  ])('are not seen in %o', (changes) => {
    expect(problemsOf(() => loadConfig({ ...valid, ...changes }, 'production'))).toEqual([]);
  });
});

it.each(CONTRADICTIONS)('what %s refuses in %o is refused as options of createAuthentication', (name, changes) => {
  const option = name
    .replace('ENTRA_', '')
    .toLowerCase()
    .replaceAll(/_(.)/g, (_match, letter) => letter.toUpperCase());
  expect(() => createAuthentication(optionsOf({ ...valid, ...changes }))).toThrow(new RegExp(`^${option}\\b`));
});

it.each([
  'https://login.microsoftonline.com',
  'https://login.microsoftonline.us',
  'https://login.chinacloudapi.cn',
  'https://login.windows.net',
  'https://westeurope.login.microsoft.com',
  'https://login.microsoftonline.eaglex.ic.gov',
  'https://contoso.ciamlogin.com',
  'https://login.contoso.example',
  'http://localhost:4001',
])('the instance %s is accepted as setting and as option', (instance) => {
  expect(problemsOf(() => loadAuthenticationConfig({ ...valid, ENTRA_INSTANCE: instance }))).toEqual([]);
  createAuthentication(optionsOf({ ...valid, ENTRA_INSTANCE: instance })).close();
});

it('settings that are accepted are options that authentication accepts', () => {
  const guids = fc.uniqueArray(fc.constantFrom(own, other, client, clientId), { minLength: 1, maxLength: 3 });
  const optional = (values: fc.Arbitrary<string>) => fc.option(values, { nil: undefined });
  const lists = optional(guids.map(String));
  const settings = fc.record({
    ENTRA_TENANT_ID: fc.constantFrom(own, other, 'organizations', 'common'),
    ENTRA_CLIENT_ID: fc.constant(clientId),
    ENTRA_ALLOWED_TENANTS: fc.oneof(lists, fc.constant('any')),
    ENTRA_ALLOWED_CLIENTS: lists,
    ENTRA_CLIENTS_WITHOUT_PERMISSIONS: lists,
    ENTRA_AUDIENCES: optional(fc.constantFrom(clientId, 'api://expenses', ` ${clientId} , api://a`)),
    ENTRA_ACCEPT_V1_TOKENS: optional(fc.constantFrom('true', 'false')),
    ENTRA_APP_SPECIFIC_SIGNING_KEYS: optional(fc.constantFrom('true', 'false')),
    ENTRA_INSTANCE: optional(
      fc.constantFrom('https://login.microsoftonline.us', 'https://contoso.ciamlogin.com', 'http://localhost:4001'),
    ),
  });
  fc.assert(
    fc.property(settings, (environment) => {
      let accepted: ReturnType<typeof loadAuthenticationConfig> | undefined;
      const problems = problemsOf(() => {
        accepted = loadAuthenticationConfig(environment);
      });
      expect(problems.every((line) => /^ENTRA_\w+: [^\n]+$/.test(line))).toBe(true);
      if (accepted) createAuthentication(accepted.authentication).close();
    }),
  );
});

it('the options of authentication refuse a client without permissions that may not call', () => {
  const options = { tenantId: own, clientId, allowedClients: [client] };
  createAuthentication({ ...options, clientsWithoutPermissions: [client.toUpperCase()] }).close();
  expect(() => createAuthentication({ ...options, clientsWithoutPermissions: [client, other] })).toThrow(
    'clientsWithoutPermissions: expected clients that allowedClients names too',
  );
});

describe('DATABASE_AUTH=entra', () => {
  const azure = 'contoso.postgres.database.azure.com/expenses';
  const settings = (changes: Record<string, string>) => ({ ...valid, DATABASE_AUTH: 'entra', ...changes });
  const problems = (url: string) => problemsOf(() => loadConfig(settings({ DATABASE_URL: url }), 'production'));

  it.each([
    `postgres://api@${azure}?sslmode=verify-full`,
    `postgres://api@${azure}?sslmode=require`,
    'postgres://api@127.0.0.1/expenses',
    'postgres://api@localhost/expenses',
    'postgres://api@[::1]/expenses',
  ])('takes %s', (url) => {
    expect(problems(url)).toEqual([]);
  });

  it.each([
    [`postgres://api@${azure}`, 'sslmode=verify-full'],
    [`postgres://api@${azure}?sslmode=disable`, 'sslmode=verify-full'],
    [`postgres://api@${azure}?sslmode=no-verify`, 'sslmode=verify-full'],
    [`postgres://api@${azure}?sslmode=require&uselibpqcompat=true`, 'sslmode=verify-full'],
    [`postgres://api@${azure}?sslmode=verify-ca&uselibpqcompat=true`, 'sslmode=verify-full'],
    ['postgres://api@localhost/expenses?host=10.0.0.4', 'sslmode=verify-full'],
    ['postgres://api@localhost.example.com/expenses', 'sslmode=verify-full'],
    [`postgres://api:secret-word@${azure}?sslmode=verify-full`, 'an address without a password'],
    [`postgres://api@${azure}?sslmode=verify-full&password=secret-word`, 'an address without a password'],
  ])('refuses %s in one line without the address', (url, expected) => {
    const [line, ...others] = problems(url);
    expect(others).toEqual([]);
    expect(line).toMatch(/^DATABASE_URL: got an address \(not shown, it may hold a password\); expected /);
    expect(line).toContain(expected);
    expect(line).not.toContain('secret-word');
    expect(problemsOf(() => loadConfig({ ...valid, DATABASE_URL: url }, 'production'))).toEqual([]);
  });

  it('holds for the addresses of notifications and of "migrate" too', () => {
    const good = `postgres://api@${azure}?sslmode=verify-full`;
    const bad = `postgres://api@${azure}`;
    const listening = settings({ DATABASE_URL: good, DATABASE_LISTEN_URL: bad });
    const [line = '', ...others] = problemsOf(() => loadConfig(listening, 'production'));
    expect([line.split(':')[0], others]).toEqual(['DATABASE_LISTEN_URL', []]);
    const migrating = settings({ DATABASE_URL: good, DATABASE_MIGRATION_URL: bad });
    expect(problemsOf(() => loadMigrationConfig(migrating)).map((one) => one.split(':')[0])).toEqual([
      'DATABASE_MIGRATION_URL',
    ]);
    expect(loadMigrationConfig(settings({ DATABASE_URL: good, DATABASE_MIGRATION_URL: good })).auth).toBe('entra');
  });

  it('is shown as it was given, unlike an address', () => {
    const [line] = problemsOf(() => loadConfig({ ...valid, DATABASE_AUTH: 'azure' }, 'production'));
    expect(line).toBe('DATABASE_AUTH: got "azure"; expected "password" or "entra"');
  });
});
