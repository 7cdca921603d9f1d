import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Finding } from '../../../src/cli/doctor/finding.js';
import { type Emulator, startEmulator } from '../../../src/emulator/emulator.js';
import { emulatorSettings } from '../../../src/expenses/sample-data/emulator-settings.js';
import { freePorts } from '../../support/command.js';
import { createEmptyDatabase, createTestDatabase, openSuperuser, type TestDatabase } from '../../support/database.js';
import { startConnectProxy } from '../../support/network/connect-proxy.js';
import { runInTerminal } from '../../support/terminal.js';

const { tenants, api, clients } = emulatorSettings;
let emulator: Emulator;
let database: TestDatabase;
let environment: Record<string, string>;

beforeAll(async () => {
  [emulator, database] = await Promise.all([startEmulator(emulatorSettings), createTestDatabase()]);
  environment = {
    ENTRA_TENANT_ID: tenants[0].id,
    ENTRA_CLIENT_ID: api.clientId,
    ENTRA_INSTANCE: emulator.instance,
    DATABASE_URL: database.runtimeUrl,
  };
});
afterAll(async () => {
  await Promise.all([emulator.close(), database.drop()]);
});
afterEach(() => emulator.setFault(undefined));

interface Examination {
  readonly code: number;
  readonly findings: readonly Finding[];
  readonly printed: string;
}

async function examine(changes: Record<string, string> = {}, folder = tmpdir()): Promise<Examination> {
  const settings = { ...environment, ...changes };
  const { code, printed } = await runInTerminal(['doctor', '--json'], { environment: settings, folder });
  const findings: Finding[] = JSON.parse(printed).findings;
  const speechless = findings.filter(({ status, advice }) => status !== 'ok' && !advice);
  expect(speechless, 'each line that is not ok says what to do').toEqual([]);
  return { code, printed, findings };
}

/** The findings on one thing. */
const on = ({ findings }: Examination, check: string) => findings.filter((finding) => finding.check === check);

describe('when all is well', () => {
  it('there is a line for each thing looked at, and exit code 0', async () => {
    const { code, findings } = await examine();
    expect(findings.filter(({ status }) => status !== 'ok')).toEqual([]);
    expect({ code, checks: findings.map(({ check }) => check) }).toEqual({
      code: 0,
      checks: [
        'authority',
        'audiences',
        'clients',
        'proxy',
        'metadata v2.0',
        'issuer v2.0',
        'keys v2.0',
        'metadata v1.0',
        'issuer v1.0',
        'keys v1.0',
        'clock',
        'client address',
        'resource',
        'database',
        'database login',
        'migrations',
      ],
    });
  });

  it.each([
    [{}, 'ok', 'X-Forwarded-For is ignored: TRUST_PROXY is not set'],
    [{ HOST: '0.0.0.0' }, 'warn', 'X-Forwarded-For is ignored: TRUST_PROXY is not set'],
    [{ PUBLIC_URL: 'https://api.example.com' }, 'warn', 'X-Forwarded-For is ignored: TRUST_PROXY is not set'],
    [{ HOST: '0.0.0.0', TRUST_PROXY: '10.0.0.0/8' }, 'ok', 'X-Forwarded-For counts when it comes from 10.0.0.0/8'],
  ])('with %o it says whose X-Forwarded-For counts (%s)', async (changes, status, seen) => {
    const [finding] = on(await examine(changes), 'client address');
    expect(finding).toMatchObject({ status, seen });
    expect(finding?.advice ?? 'none needed').toMatch(status === 'warn' ? /set TRUST_PROXY/ : /^none needed$/);
  });

  it('the keys have their number and age', async () => {
    expect(on(await examine(), 'keys v2.0')[0]?.seen).toMatch(/keys: \d+ keys, 0 days old$/);
  });

  it('an app with signing keys of its own is looked at with its own metadata, as the server does', async () => {
    const [metadata] = on(await examine({ ENTRA_APP_SPECIFIC_SIGNING_KEYS: 'true' }), 'metadata v2.0');
    expect(metadata).toMatchObject({ status: 'ok', seen: expect.stringMatching(`\\?appid=${api.clientId}$`) });
  });

  it('v1.0 is left out where it is not accepted', async () => {
    const { findings } = await examine({ ENTRA_ACCEPT_V1_TOKENS: 'false' });
    expect(findings.filter(({ check }) => check.endsWith('v1.0'))).toEqual([]);
  });

  it('as text: a line for each, wrapped, without passwords', async () => {
    const { code, printed } = await runInTerminal(['doctor'], { environment });
    expect(code).toBe(0);
    expect(printed).toMatch(/^ok {4} metadata v2\.0 {3}http/m);
    expect(printed).not.toContain(new URL(database.runtimeUrl).password);
    expect(printed.split('\n').every(({ length }) => length <= 120)).toBe(true);
  });

  it('as text: an address that is longer than a line stays whole', async () => {
    const settings = { ...environment, ENTRA_APP_SPECIFIC_SIGNING_KEYS: 'true' };
    const { printed } = await runInTerminal(['doctor'], { environment: settings });
    const path = `${tenants[0].id}/v2.0/.well-known/openid-configuration`;
    expect(printed).toContain(`ok     metadata v2.0   ${emulator.instance}/${path}?appid=${api.clientId}\n`);
  });
});

describe('settings', () => {
  it('each missing or wrong one is a line, and the others are looked at all the same', async () => {
    const found = await examine({ ENTRA_CLIENT_ID: 'my-api', DATABASE_URL: '' });
    expect(found.code).toBe(1);
    expect(on(found, 'settings').map(({ seen }) => seen.split(':')[0])).toEqual(['ENTRA_CLIENT_ID', 'DATABASE_URL']);
  });

  it('without any: each is a line, and so is the emulator that does not run', async () => {
    const { printed } = await runInTerminal(['doctor', '--json'], { environment: { PORT: String(await freePorts()) } });
    const findings: Finding[] = JSON.parse(printed).findings;
    expect(findings.map(({ advice }) => advice)).toEqual([
      expect.stringContaining('.env'),
      expect.stringContaining('.env'),
      expect.stringContaining('npm run dev'),
      expect.stringContaining('.env'),
    ]);
  });

  it('a bad one of the server alone does not keep the provider from being looked at', async () => {
    const found = await examine({ LOG_LEVEL: 'verbose' });
    expect({ code: found.code, keys: on(found, 'keys v2.0')[0]?.status }).toEqual({ code: 1, keys: 'ok' });
  });

  it('audiences without the client id refuse every v2.0 token: a warning', async () => {
    const found = await examine({ ENTRA_AUDIENCES: `api://${api.clientId}` });
    expect({ code: found.code, audiences: on(found, 'audiences') }).toMatchObject({
      code: 0,
      audiences: [{ status: 'warn', advice: expect.stringContaining(api.clientId) }],
    });
  });

  it('clients that are let in without permission are a warning', async () => {
    const found = await examine({ ENTRA_CLIENTS_WITHOUT_PERMISSIONS: clients[1].clientId });
    expect(on(found, 'clients').map(({ status }) => status)).toEqual(['ok', 'warn']);
  });

  it('the allowed tenants stand beside the issuer that has a place for them', async () => {
    const found = await examine({ ENTRA_TENANT_ID: 'organizations', ENTRA_ALLOWED_TENANTS: tenants[1].id });
    expect(on(found, 'issuer v2.0')[0]?.seen).toContain(`{tenantid}/v2.0, tenants ${tenants[1].id}`);
    expect(on(found, 'tenants')).toEqual([]);
  });

  it('every tenant in the world is a warning', async () => {
    const found = await examine({ ENTRA_TENANT_ID: 'organizations', ENTRA_ALLOWED_TENANTS: 'any' });
    expect(found.code).toBe(0);
    expect(on(found, 'issuer v2.0')[0]?.seen).toMatch(/\{tenantid\}\/v2.0, any tenant$/);
    expect(on(found, 'tenants')).toMatchObject([{ status: 'warn', seen: expect.stringContaining('every tenant') }]);
  });

  it('the keys of each further authority are read, and an authority that fails is named', async () => {
    const other = await startEmulator({ ...emulatorSettings, port: 0 });
    const folder = await mkdtemp(join(tmpdir(), 'entra-graphql-doctor-'));
    const path = join(folder, 'authorities.json');
    const customers = { name: 'customers', tenantId: tenants[0].id.toUpperCase(), clientId: clients[1].clientId };
    await writeFile(path, JSON.stringify([{ ...customers, instance: other.instance }]));
    const found = await examine({ ENTRA_AUTHORITIES: path });
    expect(found.code).toBe(0);
    expect(on(found, 'authority')[1]?.seen).toBe(
      `customers: ${other.instance}: tenant ${tenants[0].id}, API ${clients[1].clientId}`,
    );
    for (const check of ['metadata v2.0', 'issuer v2.0', 'keys v2.0', 'metadata v1.0', 'keys v1.0']) {
      const findings = on(found, check);
      expect([check, findings.length, findings.map(({ status }) => status)]).toEqual([check, 2, ['ok', 'ok']]);
      expect(findings[0]?.seen).not.toMatch(/^customers: /);
      expect(findings[1]?.seen).toMatch(/^customers: .*/);
    }
    other.setFault({ at: 'keys', kind: 'answer', status: 503 });
    const broken = await examine({ ENTRA_AUTHORITIES: path });
    expect(broken.code).toBe(1);
    expect(on(broken, 'keys v2.0').map(({ status }) => status)).toEqual(['ok', 'fail']);
    expect(on(broken, 'keys v2.0')[1]?.seen).toContain('customers: ');
    await Promise.all([other.close(), rm(folder, { recursive: true })]);
  });
});

describe('the provider', () => {
  const metadataOf = async (changes: Record<string, string>) => {
    const found = await examine(changes);
    return { code: found.code, ...on(found, 'metadata v2.0')[0] };
  };

  it('does not know the tenant', async () => {
    const found = await metadataOf({ ENTRA_TENANT_ID: '00000000-0000-4000-8000-00000000dead' });
    expect(found).toMatchObject({ code: 1, status: 'fail', advice: expect.stringContaining('ENTRA_TENANT_ID') });
  });

  it('is not there', async () => {
    const found = await metadataOf({ ENTRA_INSTANCE: `http://127.0.0.1:${await freePorts()}` });
    expect(found).toMatchObject({ code: 1, status: 'fail', advice: expect.stringContaining('firewall') });
  });

  it('does not speak TLS', async () => {
    const found = await metadataOf({ ENTRA_INSTANCE: emulator.instance.replace('http:', 'https:') });
    expect(found).toMatchObject({ code: 1, status: 'fail', advice: expect.stringContaining('port in ENTRA_INSTANCE') });
  });

  it('accepts the connection and closes it', async () => {
    const server = createServer((request) => request.socket.destroy());
    const port = await freePorts();
    await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
    const found = await metadataOf({ ENTRA_INSTANCE: `http://127.0.0.1:${port}` });
    server.close();
    expect(found).toMatchObject({
      status: 'fail',
      seen: expect.stringMatching(/^the connection was made, and closed/),
      advice: expect.stringContaining('accepted and then closed'),
    });
  });

  it('is behind a proxy that speaks no TLS itself', async () => {
    const proxy = await startConnectProxy();
    const found = await metadataOf({
      ENTRA_INSTANCE: 'https://login.microsoftonline.com',
      HTTPS_PROXY: proxy.address.replace('http://127.0.0.1', 'https://localhost'),
    });
    await proxy.close();
    expect(found).toMatchObject({ code: 1, status: 'fail', advice: expect.stringContaining('with http://') });
  });

  it('has an outage', async () => {
    emulator.setFault({ at: 'metadata', kind: 'answer', status: 503 });
    const found = await metadataOf({});
    expect(found).toMatchObject({
      seen: expect.stringMatching(/^status 503, at http:/),
      advice: expect.stringContaining('try again later'),
    });
  });

  it('has a certificate that is not trusted', async () => {
    const unknown = await startEmulator({ ...emulatorSettings, https: true });
    const found = await metadataOf({ ENTRA_INSTANCE: unknown.instance });
    await unknown.close();
    expect(found).toMatchObject({ code: 1, status: 'fail', advice: expect.stringContaining('NODE_EXTRA_CA_CERTS') });
  });

  it('is behind a proxy that does not let us through', async () => {
    const proxy = await startConnectProxy();
    const changes = {
      ENTRA_INSTANCE: 'https://login.microsoftonline.com',
      HTTPS_PROXY: proxy.address.replace('//', '//user:hunter2@'),
    };
    const [found, { printed }] = [await metadataOf(changes), await examine(changes)];
    await proxy.close();
    expect(found).toMatchObject({
      code: 1,
      status: 'fail',
      advice: expect.stringContaining('allowed in the proxy'),
    });
    expect(printed).toContain(proxy.address.replace('//', '//...@'));
    expect(printed).not.toContain('hunter2');
  });

  it('is behind a proxy that is not there', async () => {
    const found = await metadataOf({
      ENTRA_INSTANCE: 'https://login.microsoftonline.com',
      HTTPS_PROXY: `http://127.0.0.1:${await freePorts()}`,
    });
    expect(found).toMatchObject({
      code: 1,
      status: 'fail',
      advice: expect.stringContaining('port and scheme of the proxy'),
    });
  });

  it('answers a login page: no keys, and the address that could not be read', async () => {
    emulator.setFault({ at: 'keys', kind: 'answer', contentType: 'text/html', body: '<html>Sign in</html>' });
    const found = await examine();
    expect(on(found, 'metadata v2.0')[0]?.status).toBe('ok');
    expect(on(found, 'keys v2.0')[0]).toMatchObject({
      status: 'fail',
      seen: expect.stringContaining('/discovery/v2.0/keys'),
      advice: expect.stringContaining('answers in its place'),
    });
  });

  it('has no metadata for v1.0 tokens', async () => {
    const { origin } = new URL(emulator.instance);
    const server = createServer(async ({ url, headers: { host } }, response) => {
      const isOfV1 = url?.endsWith('/openid-configuration') && !url.includes('/v2.0/');
      const answer = await fetch(`${origin}${url}`);
      response.writeHead(isOfV1 ? 404 : answer.status);
      response.end((await answer.text()).replaceAll(origin, `http://${host}`));
    });
    const port = await freePorts();
    await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
    const found = await examine({ ENTRA_INSTANCE: `http://127.0.0.1:${port}` });
    await new Promise((resolve) => server.close(resolve));
    expect(on(found, 'keys v2.0')[0]?.status).toBe('ok');
    expect(on(found, 'metadata v1.0')[0]).toMatchObject({
      status: 'warn',
      advice: expect.stringContaining('ENTRA_ACCEPT_V1_TOKENS=false'),
    });
  });

  it('publishes keys that cannot be used beside good ones: a warning', async () => {
    const response = await fetch(`${emulator.instance}/${tenants[0].id}/discovery/v2.0/keys`);
    const document: { keys: object[] } = JSON.parse(await response.text());
    const body = JSON.stringify({ keys: [...document.keys, { kid: 'elliptic', kty: 'EC' }] });
    emulator.setFault({ at: 'keys', kind: 'answer', body });
    expect(on(await examine(), 'keys v2.0')[0]).toMatchObject({
      status: 'warn',
      seen: expect.stringContaining('not used: kid elliptic: not an RSA key'),
    });
  });
});

describe('the database', () => {
  const databaseOf = async (url: string) => {
    const found = await examine({ DATABASE_URL: url });
    return { code: found.code, findings: on(found, 'database') };
  };

  it('is not there', async () => {
    const url = new URL(database.runtimeUrl);
    url.port = String(await freePorts());
    expect(await databaseOf(url.href)).toMatchObject({
      code: 1,
      findings: [{ status: 'fail', advice: expect.stringContaining('host and port') }],
    });
  });

  it('does not take the password', async () => {
    const url = new URL(database.runtimeUrl);
    url.password = 'wrong';
    const { code, findings } = await databaseOf(url.href);
    expect({ code, findings }).toMatchObject({
      code: 1,
      findings: [{ status: 'fail', advice: expect.stringContaining('login and password') }],
    });
  });

  it('does not exist', async () => {
    const url = new URL(database.runtimeUrl);
    url.pathname = '/nothing';
    expect((await databaseOf(url.href)).findings[0]?.advice).toContain('Create the database');
  });

  it('takes no writes', async () => {
    const other = await createTestDatabase();
    const client = await openSuperuser(other);
    const name = new URL(other.superuserUrl).pathname.slice(1);
    await client.query(`alter database ${name} set default_transaction_read_only = on`);
    await client.end();
    const { code, findings } = await databaseOf(other.runtimeUrl);
    await other.drop();
    expect({ code, findings }).toMatchObject({
      code: 1,
      findings: [
        { status: 'fail', seen: expect.stringContaining('read only'), advice: expect.stringContaining('primary') },
      ],
    });
  });

  it('has a login with too many rights', async () => {
    const { code, findings } = await databaseOf(database.ownerUrl);
    expect(code).toBe(1);
    expect(findings).toHaveLength(1);
    expect(findings[0]?.seen).toContain('owns the tables');
  });

  it('lacks migrations', async () => {
    const empty = await createEmptyDatabase();
    const { code, findings } = await databaseOf(empty.runtimeUrl);
    await empty.drop();
    expect({ code, findings }).toMatchObject({
      code: 1,
      findings: [{ seen: expect.stringContaining('npm run migrate') }],
    });
  });
});

describe('beside a running dev, without a setting', () => {
  let port: number;
  let own: Emulator;
  beforeAll(async () => {
    port = await freePorts();
    own = await startEmulator({ ...emulatorSettings, port: port + 1 });
  });
  afterAll(() => own.close());

  /** Runs the doctor while the API answers `/readyz` with this status, or not at all. */
  async function examineBeside(status: number | undefined) {
    const server = createServer((_request, response) => response.writeHead(status ?? 0).end());
    if (status) await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
    const { code, printed } = await runInTerminal(['doctor', '--json'], { environment: { PORT: String(port) } });
    await new Promise<unknown>((resolve) => server.close(resolve));
    const findings: Finding[] = JSON.parse(printed).findings;
    return { code, authority: findings[0]?.seen, database: findings.at(-1)?.status };
  }

  it.each([
    [200, 0, 'ok'],
    [503, 1, 'fail'],
    [undefined, 0, 'warn'],
  ])('whose API is %s', async (status, code, databaseStatus) => {
    expect(await examineBeside(status)).toEqual({
      code,
      authority: expect.stringContaining('running development emulator'),
      database: databaseStatus,
    });
  });
});

describe('roles of groups', () => {
  const GROUP = '0c6f2e1a-5b1d-4a53-9d3e-2f1f6a7b8c9d';

  it('are listed, and a warning names those that no rule of the schema names', async () => {
    const good = await examine({ ENTRA_GROUP_ROLES: `${GROUP}=Expenses.Finance` }, process.cwd());
    expect(on(good, 'groups')).toEqual([
      { check: 'groups', status: 'ok', seen: `Expenses.Finance from group ${GROUP}` },
    ]);
    const wrong = { ENTRA_GROUP_ROLES: `${GROUP}=Expenses.Financ|Expenses.Auditor` };
    expect(on(await examine(wrong), 'groups'), 'without a schema in the folder').toHaveLength(1);
    const typo = await examine(wrong, process.cwd());
    expect(on(typo, 'groups')[1]).toMatchObject({
      status: 'warn',
      seen: 'no rule of the schema names the role Expenses.Financ',
      advice: expect.stringContaining('Expenses.Approver, Expenses.Auditor, Expenses.Finance'),
    });
    expect(typo.code).toBe(0);
  });

  it('of a further authority are listed and compared too', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'doctor-authorities-'));
    try {
      const path = join(folder, 'authorities.json');
      const groupRoles = { [GROUP]: ['Custmer'] };
      const customers = { name: 'customers', tenantId: tenants[1].id, clientId: api.clientId, groupRoles };
      await writeFile(path, JSON.stringify([{ ...customers, instance: emulator.instance }]));
      const found = on(await examine({ ENTRA_AUTHORITIES: path }, process.cwd()), 'groups');
      expect(found.map(({ seen }) => seen)).toEqual([
        `customers: Custmer from group ${GROUP}`,
        'no rule of the schema names the role Custmer',
      ]);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
