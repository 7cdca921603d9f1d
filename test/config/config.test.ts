import { describe, expect, it } from 'vitest';
import type { z } from 'zod';
import { ConfigError, loadAuthenticationConfig, loadConfig, loadMigrationConfig } from '../../src/config/config.js';
import { migrationShape, SETTING_NAMES, settings } from '../../src/config/settings.js';

const valid = {
  ENTRA_TENANT_ID: '3f2504e0-4f89-41d3-9a0c-0305e82c3301',
  ENTRA_CLIENT_ID: '9b2d1c1e-7a55-4e0f-8d51-1d2f3a4b5c6d',
  DATABASE_URL: 'postgres://api:secret@db.example.com:5432/expenses',
};

function problems(change: Record<string, string | undefined>): readonly string[] {
  try {
    loadConfig({ ...valid, ...change }, 'production');
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
}

describe('loadConfig', () => {
  it('needs the tenant, the client and the database, nothing else', () => {
    const config = loadConfig(valid, 'production');
    expect(config.authentication).toMatchObject({
      tenantId: valid.ENTRA_TENANT_ID,
      audiences: [valid.ENTRA_CLIENT_ID, `api://${valid.ENTRA_CLIENT_ID}`],
      instance: 'https://login.microsoftonline.com',
      acceptV1Tokens: true,
      clockToleranceSeconds: 60,
    });
    expect(config.http).toMatchObject({ host: '127.0.0.1', port: 4000, publicUrl: 'http://127.0.0.1:4000' });
  });

  it('has one line for each missing setting, in which dev is mentioned for those of Entra', () => {
    const lines = problems({ ENTRA_TENANT_ID: undefined, ENTRA_CLIENT_ID: ' ', DATABASE_URL: undefined });
    expect(lines.map((line) => line.split(':')[0])).toEqual(['ENTRA_TENANT_ID', 'ENTRA_CLIENT_ID', 'DATABASE_URL']);
    expect(lines.map((line) => line.endsWith(' (the command "dev" needs no ENTRA_ setting)'))).toEqual([
      true,
      true,
      false,
    ]);
  });

  it('does not speak of dev where a setting of Entra has a wrong value', () => {
    const lines = problems({ ENTRA_INSTANCE: 'https://contoso.b2clogin.com', ENTRA_CLIENT_ID: 'x' });
    expect(lines).toHaveLength(2);
    expect(lines.filter((line) => line.includes('dev'))).toEqual([]);
  });

  it('is frozen through and through', () => {
    const config = loadConfig(valid, 'production');
    expect(Object.isFrozen(config)).toBe(true);
    expect(Object.isFrozen(config.authentication.audiences)).toBe(true);
  });

  it('closes introspection and explorer in production and opens them in development', () => {
    const settings = (mode: 'production' | 'development') => {
      const { graphql, explorer } = loadConfig(valid, mode);
      return [graphql.introspection, explorer.enabled];
    };
    expect(settings('production')).toEqual(['authenticated', false]);
    expect(settings('development')).toEqual(['public', true]);
  });

  it('does not show what was given for a database address, which may hold a password', () => {
    const [line] = problems({ DATABASE_URL: 'postgres://api:hunter2@' });
    expect(line).toMatch(/^DATABASE_URL: /);
    expect(line).not.toContain('hunter2');
  });

  it.each(['hunter2', 'a'.repeat(23), `hunter2 ${'a'.repeat(30)}`, 'a'.repeat(201)])(
    'refuses the credential %s for metrics, and does not show it',
    (value) => {
      const [line] = problems({ METRICS_TOKEN: value });
      expect(line).toMatch(/^METRICS_TOKEN: got \d+ characters \(not shown\); expected /);
    },
  );

  it('stops at a misspelt ENTRA_ name, which would leave a restriction off', () => {
    expect(problems({ ENTRA_ALLOWED_CLIENT: valid.ENTRA_CLIENT_ID })).toEqual([
      expect.stringMatching(/^ENTRA_ALLOWED_CLIENT: no such setting/),
    ]);
  });

  it.each(['', ' ', '\t'])('stops at allowed clients that are %j, which would let in any', (value) => {
    const line = expect.stringMatching(/^ENTRA_ALLOWED_CLIENTS: set but empty; /);
    expect(problems({ ENTRA_ALLOWED_CLIENTS: value })).toEqual([line]);
  });

  it('stops at required claims that are empty, which would require none', () => {
    const line = expect.stringMatching(/^ENTRA_REQUIRED_CLAIMS: set but empty; /);
    expect(problems({ ENTRA_REQUIRED_CLAIMS: ' ' })).toEqual([line]);
  });

  it('reads required claims with their values', () => {
    const config = loadConfig({ ...valid, ENTRA_REQUIRED_CLAIMS: 'ctry=DE|AT, extn.unit=a b=c ,acct=0' }, 'production');
    expect(config.authentication.requiredClaims).toEqual({ ctry: ['DE', 'AT'], 'extn.unit': ['a b=c'], acct: ['0'] });
    const spaced = loadConfig({ ...valid, ENTRA_REQUIRED_CLAIMS: ' ctry = DE | AT , acct= 0' }, 'production');
    expect(spaced.authentication.requiredClaims).toEqual({ ctry: ['DE', 'AT'], acct: ['0'] });
    const most = Array.from({ length: 20 }, (_, nth) => `c${nth}=x`).join();
    expect(problems({ ENTRA_REQUIRED_CLAIMS: most })).toEqual([]);
    expect(problems({ ENTRA_REQUIRED_CLAIMS: `${most},one=more` })).toHaveLength(1);
  });

  it('reads the roles of groups', () => {
    const group = '0C6F2E1A-0000-4000-8000-000000000000';
    const config = loadConfig(
      { ...valid, ENTRA_GROUP_ROLES: `${group}=Finance | Auditor, ${valid.ENTRA_CLIENT_ID}=a` },
      'production',
    );
    expect(config.authentication.groupRoles).toEqual({
      [group.toLowerCase()]: ['Finance', 'Auditor'],
      [valid.ENTRA_CLIENT_ID]: ['a'],
    });
    const most = Array.from({ length: 100 }, (_, nth) => `${String(nth).padStart(8, '0')}${group.slice(8)}=x`).join();
    expect(problems({ ENTRA_GROUP_ROLES: most })).toEqual([]);
    expect(problems({ ENTRA_GROUP_ROLES: `${most},${group}=more` })).toHaveLength(1);
  });

  it('any other empty setting counts as none', () => {
    const empty = { PORT: '', CORS_ORIGINS: ' ', TRUST_PROXY: '', ENTRA_INSTANCE: '', ENTRA_AUDIENCES: ' ' };
    expect(loadConfig({ ...valid, ...empty }, 'production')).toEqual(loadConfig(valid, 'production'));
  });

  it.each([
    ['ENTRA_TENANT_ID', 'contoso.onmicrosoft.com'],
    ['ENTRA_CLIENT_ID', 'my-api'],
    ['ENTRA_AUDIENCES', ' , '],
    ['ENTRA_INSTANCE', 'http://login.microsoftonline.com'],
    ['ENTRA_INSTANCE', 'https://user@login.microsoftonline.com'],
    ['ENTRA_INSTANCE', 'https://login.microsoftonline.com/contoso'],
    ['ENTRA_ALLOWED_CLIENTS', 'a,b'],
    ['ENTRA_REQUIRED_CLAIMS', 'ctry'],
    ['ENTRA_REQUIRED_CLAIMS', 'ctry='],
    ['ENTRA_REQUIRED_CLAIMS', 'ctry= '],
    ['ENTRA_REQUIRED_CLAIMS', 'ctry=DE| |AT'],
    ['ENTRA_REQUIRED_CLAIMS', 'ct ry=DE'],
    ['ENTRA_REQUIRED_CLAIMS', 'ctry=DE|'],
    ['ENTRA_REQUIRED_CLAIMS', 'ctry=DE,'],
    ['ENTRA_REQUIRED_CLAIMS', 'ctry=DE,ctry=AT'],
    ['ENTRA_GROUP_ROLES', 'Finance=Finance'],
    ['ENTRA_GROUP_ROLES', '0c6f2e1a-0000-4000-8000-000000000000=a b'],
    ['ENTRA_GROUP_ROLES', '0c6f2e1a-0000-4000-8000-000000000000'],
    ['ENTRA_GROUP_ROLES', '0c6f2e1a-0000-4000-8000-000000000000=a|'],
    ['ENTRA_GROUP_ROLES', '0c6f2e1a-0000-4000-8000-000000000000=a,0C6F2E1A-0000-4000-8000-000000000000=b'],
    ['ENTRA_ACCEPT_V1_TOKENS', 'yes'],
    ['ENTRA_CLOCK_TOLERANCE_SECONDS', '301'],
    ['ENTRA_CLOCK_TOLERANCE_SECONDS', '-1'],
    ['PORT', '65536'],
    ['PUBLIC_URL', 'api.example.com'],
    ['PUBLIC_URL', 'ftp://api.example.com'],
    ['PUBLIC_URL', 'ws://api.example.com'],
    ['CORS_ORIGINS', 'ftp://app.example.com'],
    ['GRAPHQL_INTROSPECTION', 'on'],
    ['GRAPHQL_COMPILED', 'true'],
    ['GRAPHQL_FAST_PATH', 'no'],
    ['EXPLORER', 'true'],
    ['CORS_ORIGINS', '*'],
    ['CORS_ORIGINS', 'https://app.example.com/path'],
    ['TRUST_PROXY', 'true'],
    ['TRUST_PROXY', '10.0.0.0/33'],
    ['TRUST_PROXY', '10.0.0.0/'],
    ['TRUST_PROXY', '10.0.0.0/8/8'],
    ['RATE_LIMIT_FAILURES_PER_MINUTE', '100001'],
    ['RATE_LIMIT_FAILURES_PER_MINUTE', '-1'],
    ['LOG_LEVEL', 'verbose'],
  ])('refuses %s=%s and says so in one line', (name, value) => {
    expect(problems({ [name]: value })).toEqual([expect.stringMatching(new RegExp(`^${name}: got ".*"; expected `))]);
  });

  it.each([
    '0.0.0.0/0',
    '::/0',
    '1.2.3.4/0',
    '0.0.0.0/1,128.0.0.0/1',
    '10.0.0.0/8, 0.0.0.0/2, 64.0.0.0/2, 128.0.0.0/1',
    '10.0.0.0/7',
    '::/1,8000::/1',
    '2000::/3',
    '2001::/15',
    'fc00::/6',
    '::ffff:0:0/96',
    '::ffff:0.0.0.0/97,::ffff:128.0.0.0/97',
    '::ffff:10.0.0.0/103',
  ])('refuses to trust everybody by TRUST_PROXY=%s', (value) => {
    expect(problems({ TRUST_PROXY: value })).toEqual([
      expect.stringMatching(/^TRUST_PROXY: got ".*"; expected only .* trusts everybody/),
    ]);
  });

  it.each([
    ['ENTRA_CLOCK_TOLERANCE_SECONDS', '300'],
    ['ENTRA_CLOCK_TOLERANCE_SECONDS', '0'],
    ['ENTRA_INSTANCE', 'http://127.0.0.1:4001'],
    ['ENTRA_INSTANCE', 'https://login.microsoftonline.us/'],
    ['PORT', '65535'],
    ['TRUST_PROXY', '10.0.0.0/8, ::1'],
    ['TRUST_PROXY', '192.0.2.0/24,fc00::/7,fe80::/10,2001::/16,::ffff:10.0.0.0/104'],
    ['CORS_ORIGINS', 'https://app.example.com,http://localhost:3000'],
    ['RATE_LIMIT_FAILURES_PER_MINUTE', '0'],
    ['RATE_LIMIT_FAILURES_PER_MINUTE', '100000'],
    ['HTTPS_PROXY', 'http://user:secret@proxy.example.com:8080'],
    ['https_proxy', 'https://proxy.example.com'],
    ['NO_PROXY', '*'],
    ['METRICS_TOKEN', 'a'.repeat(24)],
    ['METRICS_TOKEN', `${'a/+~'.repeat(50)}==`],
  ])('takes %s=%s', (name, value) => {
    expect(problems({ [name]: value })).toEqual([]);
  });

  it('takes http for the identity provider on loopback, but not with NODE_ENV=production', () => {
    const instance = { ENTRA_INSTANCE: 'http://127.0.0.1:4001' };
    expect(problems(instance)).toEqual([]);
    expect(problems({ ...instance, NODE_ENV: 'production' })).toEqual([expect.stringMatching(/^ENTRA_INSTANCE: /)]);
  });

  it.each(['organizations', 'common'])('wants the allowed tenants when the tenant is %s', (tenant) => {
    expect(problems({ ENTRA_TENANT_ID: tenant })).toEqual([expect.stringMatching(/^ENTRA_ALLOWED_TENANTS: missing/)]);
    expect(problems({ ENTRA_TENANT_ID: tenant, ENTRA_ALLOWED_TENANTS: valid.ENTRA_TENANT_ID })).toEqual([]);
    expect(problems({ ENTRA_TENANT_ID: tenant, ENTRA_ALLOWED_TENANTS: '' })).toEqual([
      expect.stringMatching(/^ENTRA_ALLOWED_TENANTS: missing; expected .*"any"/),
    ]);
  });

  it.each(['ANY', 'any,', '*', `any,${valid.ENTRA_TENANT_ID}`, `${valid.ENTRA_TENANT_ID},any`])(
    'does not take %j for every tenant',
    (tenants) => {
      expect(problems({ ENTRA_TENANT_ID: 'organizations', ENTRA_ALLOWED_TENANTS: tenants })).toEqual([
        expect.stringMatching(/^ENTRA_ALLOWED_TENANTS: got .*expected GUIDs, separated by commas, or "any" alone/),
      ]);
    },
  );

  it('names the setting that a former name stands for', () => {
    expect(problems({ GRAPHQL_JIT: 'on' })).toEqual([expect.stringMatching(/^GRAPHQL_JIT: .*GRAPHQL_COMPILED/)]);
  });

  it('says of each setting what it means', () => {
    const shape: Record<string, z.ZodType> = { ...migrationShape, ...settings('production').shape };
    for (const name of SETTING_NAMES) expect(shape[name]?.meta()?.description, name).toMatch(/\.$/);
  });
});

describe('a proxy', () => {
  const proxyOf = (change: Record<string, string>) => loadConfig({ ...valid, ...change }, 'production').proxy;

  it('is none unless one is named', () => {
    expect(proxyOf({})).toBeUndefined();
    expect(proxyOf({ NO_PROXY: 'example.com' })).toBeUndefined();
  });

  it('has its three settings; the lower-case names go first, as in other programs', () => {
    const upper = { HTTPS_PROXY: 'http://upper:1', HTTP_PROXY: 'http://upper:2', NO_PROXY: 'a.example.com' };
    expect(proxyOf(upper)).toEqual({
      httpsProxy: 'http://upper:1',
      httpProxy: 'http://upper:2',
      noProxy: 'a.example.com',
    });
    expect(proxyOf({ ...upper, https_proxy: 'http://lower:1' })?.httpsProxy).toBe('http://lower:1');
  });

  it.each(['proxy.internal:8080', 'socks5://user:hunter2@proxy.internal', 'hunter2'])(
    'has an address with its scheme, and what was given is not shown: %s',
    (address) => {
      const [line] = problems({ HTTPS_PROXY: address });
      expect(line).toMatch(/^HTTPS_PROXY: got an address \(not shown, it may hold a password\); expected /);
      expect(line).not.toContain(address);
    },
  );
});

it.each(['DATABASE_URL', 'DATABASE_LISTEN_URL'])('%s is not shown, because it may hold a password', (name) => {
  const [line] = problems({ [name]: 'hunter2' });
  expect(line).toMatch(/: got an address \(not shown, it may hold a password\); expected /);
  expect(line).not.toContain('hunter2');
});

it.each(['DATABASE_POOL_SIZE', 'DATABASE_PREPARED_STATEMENTS'])('%s is shown, because it is not an address', (name) => {
  expect(problems({ [name]: 'abc' })).toEqual([expect.stringContaining(`${name}: got "abc"; expected `)]);
});

describe('loadAuthenticationConfig', () => {
  const { DATABASE_URL, ...identity } = valid;

  it('says of tokens and proxy what the whole configuration says, without a database', () => {
    const settings = { ...identity, ENTRA_CLOCK_TOLERANCE_SECONDS: '5', HTTPS_PROXY: 'http://proxy:8080' };
    const { authentication, proxy } = loadConfig({ ...settings, DATABASE_URL }, 'production');
    expect(loadAuthenticationConfig(settings)).toEqual({ authentication, proxy });
  });

  it('does not mind settings that are not its own', () => {
    expect(() => loadAuthenticationConfig({ ...identity, LOG_LEVEL: 'verbose' })).not.toThrow();
  });

  it.each([
    ['ENTRA_TENANT_ID', { ENTRA_TENANT_ID: undefined }],
    ['ENTRA_ALLOWED_CLIENT', { ENTRA_ALLOWED_CLIENT: valid.ENTRA_CLIENT_ID }],
    ['ENTRA_ALLOWED_TENANTS', { ENTRA_TENANT_ID: 'common' }],
    ['ENTRA_INSTANCE', { ENTRA_INSTANCE: 'http://127.0.0.1:4001', NODE_ENV: 'production' }],
  ])('is as strict with %s', (name, change) => {
    expect(() => loadAuthenticationConfig({ ...identity, ...change })).toThrow(new RegExp(`^${name}: `));
  });
});

describe('loadMigrationConfig', () => {
  it('needs both addresses and says which is missing', () => {
    expect(() => loadMigrationConfig({ DATABASE_URL: valid.DATABASE_URL })).toThrow(
      /^DATABASE_MIGRATION_URL: missing; expected postgres:/,
    );
  });
});
