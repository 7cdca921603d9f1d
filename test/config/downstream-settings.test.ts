import { describe, expect, it } from 'vitest';
import { ConfigError, loadConfig } from '../../src/config/config.js';
import { createDownstream } from '../../src/downstream/downstream.js';
import { createGraphGroupLookup } from '../../src/downstream/graph-groups.js';
import { graphScope } from '../../src/downstream/graph-scope.js';

const valid = {
  ENTRA_TENANT_ID: '3f2504e0-4f89-41d3-9a0c-0305e82c3301',
  ENTRA_CLIENT_ID: '9b2d1c1e-7a55-4e0f-8d51-1d2f3a4b5c6d',
  DATABASE_URL: 'postgres://api:secret@db.example.com:5432/expenses',
};
const SECRET = { DOWNSTREAM_CLIENT_SECRET: 'a~secret.of-the_API' };
const GROUPS = { ENTRA_GROUP_ROLES: '3f2504e0-4f89-41d3-9a0c-0305e82c3302=Finance' };

const load = (settings: Record<string, string>) => loadConfig({ ...valid, ...settings }, 'production').downstream;

function problems(settings: Record<string, string>): readonly string[] {
  try {
    load(settings);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
}

it.each([
  [{}, undefined],
  [SECRET, { kind: 'secret', secret: SECRET.DOWNSTREAM_CLIENT_SECRET }],
  [{ DOWNSTREAM_CLIENT_CERTIFICATE: '/run/api.pem' }, { kind: 'certificate', file: '/run/api.pem' }],
  [{ DOWNSTREAM_FEDERATED_TOKEN_FILE: '/run/token' }, { kind: 'federatedTokenFile', file: '/run/token' }],
  [{ DOWNSTREAM_MANAGED_IDENTITY: 'system' }, { kind: 'managedIdentity', clientId: undefined }],
  [
    { DOWNSTREAM_MANAGED_IDENTITY: valid.ENTRA_CLIENT_ID.toUpperCase() },
    { kind: 'managedIdentity', clientId: valid.ENTRA_CLIENT_ID },
  ],
])('the credential of %j', (settings, credential) => {
  expect(load(settings).credential).toEqual(credential);
});

it('a second credential stops the start', () => {
  const lines = problems({ ...SECRET, DOWNSTREAM_MANAGED_IDENTITY: 'system' });
  expect(lines).toEqual([
    expect.stringContaining('DOWNSTREAM_MANAGED_IDENTITY: got "system"; expected no value beside'),
  ]);
});

it('a secret of the wrong form is not shown', () => {
  const lines = problems({ DOWNSTREAM_CLIENT_SECRET: 'a secret with spaces' });
  expect(lines).toEqual([expect.stringMatching(/^DOWNSTREAM_CLIENT_SECRET: got \d+ characters \(not shown\)/)]);
});

it.each([
  [{ ...SECRET, ...GROUPS }, 0],
  [GROUPS, 1],
  [SECRET, 1],
  [{}, 1],
])('a lookup of groups with %j has so many problems', (settings, count) => {
  expect(problems({ ...settings, ENTRA_GROUP_LOOKUP: 'user' })).toHaveLength(count);
  expect(problems({ ...settings, ENTRA_GROUP_LOOKUP: 'off' })).toEqual([]);
});

describe('DOWNSTREAM_CACHE_KEY', () => {
  const REDIS = { REDIS_URL: 'redis://127.0.0.1:6379' };
  const key = Buffer.alloc(32, 7);
  const cacheKey = key.toString('base64');

  it.each([cacheKey, key.toString('base64url')])('%s is a key of 32 bytes', (text) => {
    const settings = { ...SECRET, ...REDIS, DOWNSTREAM_CACHE_KEY: text };
    expect(Buffer.from(load(settings).cacheKey ?? '', 'base64')).toEqual(key);
  });

  it.each([Buffer.alloc(31), Buffer.alloc(33), Buffer.alloc(64)])(
    'is refused, and not shown, with other bytes: %#',
    (bytes) => {
      const text = bytes.toString('base64');
      const [line = '', ...more] = problems({ ...SECRET, ...REDIS, DOWNSTREAM_CACHE_KEY: text });
      expect(more).toEqual([]);
      expect(line).toMatch(
        /^DOWNSTREAM_CACHE_KEY: got \d+ characters \(not shown\); expected 32 random bytes in base64/,
      );
      expect(line).not.toContain(text);
    },
  );

  it.each([
    [SECRET, 'REDIS_URL'],
    [REDIS, 'a credential such as DOWNSTREAM_CLIENT_SECRET'],
    [{}, 'a credential such as DOWNSTREAM_CLIENT_SECRET and REDIS_URL'],
  ])('has no use beside %o alone', (settings, missing) => {
    expect(problems({ ...settings, DOWNSTREAM_CACHE_KEY: cacheKey })).toEqual([
      `DOWNSTREAM_CACHE_KEY: got 44 characters (not shown); expected no value without ${missing}`,
    ]);
  });
});

describe('DOWNSTREAM_GRAPH_URL', () => {
  const credential = { kind: 'secret', secret: SECRET.DOWNSTREAM_CLIENT_SECRET } as const;
  const customers = { name: 'customers', clientId: 'api', instance: 'https://login.example', credential };

  it.each(['https://graph.microsoft.us', 'http://127.0.0.1:4001', 'http://localhost:4001', 'http://[::1]:4001'])(
    '%s is accepted by the setting and by the library',
    (graphUrl) => {
      expect(load({ DOWNSTREAM_GRAPH_URL: graphUrl }).graphUrl).toBe(graphUrl);
      expect(graphScope(graphUrl, 'User.Read')).toMatch(/^https:.*\/User\.Read$/);
    },
  );

  it('is https in production', () => {
    const production = (url: string) => problems({ DOWNSTREAM_GRAPH_URL: url, NODE_ENV: 'production' });
    expect(production('https://graph.microsoft.us')).toEqual([]);
    expect(production('http://127.0.0.1:4001')).toEqual([
      'DOWNSTREAM_GRAPH_URL: got "http://127.0.0.1:4001"; expected an https address when NODE_ENV is "production"',
    ]);
  });

  it.each([
    [{ revocation: { revokedBefore: () => undefined } }, /^revocation: no such option. Did you mean revocations\?/],
    [{ revocations: new Map() }, 'revocations must be an object with the function revokedBefore'],
    [{ credential: undefined }, 'credential is required: an object'],
    [{ authorities: {} }, 'authorities must be a list of authorities'],
    [{ authorities: [{ ...customers, credential: undefined }] }, 'credential is required: an object'],
    [{ authorities: [{ ...customers, clientID: 'api' }] }, /^clientID: no such option. Did you mean clientId\?/],
    [{ authorities: [{ ...customers, instance: 'http://login.example' }] }, 'instance: expected an https origin'],
    [{ authorities: [{ ...customers, graphUrl: 'http://graph.example' }] }, 'graphUrl: expected an https origin'],
    [{ authorities: [customers, customers] }, 'authorities: the name "customers" is there twice'],
    [{ authorities: [{ ...customers, name: 'default' }] }, 'authorities: the name "default" is there twice'],
  ])('options that make no sense are an error that names them: %o', (changes, words) => {
    const options = { clientId: 'api', instance: 'https://login.example', credential, ...changes };
    expect(() => createDownstream(Object(options))).toThrow(words);
  });

  it.each([
    [{ downStream: {} }, /^downStream: no such option. Did you mean downstream\?/],
    [{ as: 'users' }, "as must be 'user' or 'application'"],
    [{ downstream: undefined }, 'downstream is required: an object with the functions of'],
  ])('those of the lookup of groups too: %o', (changes, words) => {
    const downstream = createDownstream({ clientId: 'api', instance: 'https://login.example', credential });
    const options = { downstream, as: 'user', ...changes };
    expect(() => createGraphGroupLookup(Object(options))).toThrow(words);
  });

  it.each([
    'http://graph.attacker.example',
    'http://10.0.0.9:4001',
    'http://0.0.0.0:4001',
    'http://127.0.0.1.attacker.example',
    'http://localhost.attacker.example',
    'http://graph.microsoft.com',
    'ftp://127.0.0.1',
    'graph.microsoft.com',
  ])('%s is refused by both, because tokens would go there unencrypted', (graphUrl) => {
    expect(problems({ DOWNSTREAM_GRAPH_URL: graphUrl })).toEqual([
      expect.stringMatching(/^DOWNSTREAM_GRAPH_URL: .*expected an https origin such as/),
    ]);
    expect(() => graphScope(graphUrl, 'User.Read')).toThrow(TypeError);
    const options = { clientId: 'api', instance: 'https://login.example', credential };
    expect(() => createDownstream({ ...options, instance: graphUrl })).toThrow(TypeError);
    expect(() => createDownstream({ ...options, graphUrl })).toThrow(TypeError);
  });
});
