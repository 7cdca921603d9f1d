import { randomUUID } from 'node:crypto';
import { chmod, chown, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { generate } from 'selfsigned';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { withPlainTlsMode } from '../../../src/config/tls-mode.js';
import { migrate } from '../../../src/database/setup/migrate.js';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../../../src/development/postgres/embedded-postgres.js';
import { findServerUser } from '../../../src/development/postgres/server-user.js';
import { createExpenses } from '../../../src/expenses/expenses.js';
import { expensesMigrations } from '../../../src/expenses/migration-folder.js';
import { runInTerminal } from '../../support/terminal.js';

// The PostgreSQL of the other tests speaks no TLS, which they test too.

let postgres: EmbeddedPostgres;
let superuser: pg.Client;
let folder: string;
let serverFolder: string;
/** Files with the authority of the server's certificate and with one that did not issue it. */
let authority: string;
let otherAuthority: string;

const TIMES = { notBeforeDate: new Date('2020-01-01'), notAfterDate: new Date('2040-01-01') };

async function createAuthority(name: string) {
  const made = await generate([{ name: 'commonName', value: name }], {
    algorithm: 'sha256',
    keySize: 2048,
    ...TIMES,
    extensions: [{ name: 'basicConstraints', cA: true, critical: true }],
  });
  return { key: made.private, cert: made.cert };
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'entra-graphql-tls-'));
  serverFolder = join(tmpdir(), `entra-graphql-tls-server-${randomUUID()}`);
  const [started, own, other] = await Promise.all([
    startEmbeddedPostgres({ projectFolder: process.cwd(), folder: serverFolder, durable: false }),
    createAuthority('The authority of the company'),
    createAuthority('Another authority'),
  ]);
  postgres = started;
  const { cert, private: key } = await generate([{ name: 'commonName', value: 'localhost' }], {
    algorithm: 'sha256',
    keySize: 2048,
    ...TIMES,
    ca: own,
    extensions: [{ name: 'subjectAltName', altNames: [{ type: 2, value: 'localhost' }] }],
  });
  const write = async (name: string, text: string) => {
    const path = join(folder, name);
    await writeFile(path, text);
    return path;
  };
  authority = await write('authority.pem', own.cert);
  otherAuthority = await write('other-authority.pem', other.cert);
  const files = { ssl_cert_file: await write('server.crt', cert), ssl_key_file: await write('server.key', key) };
  await chmod(files.ssl_key_file, 0o600);
  const user = findServerUser();
  if (user) for (const path of [folder, ...Object.values(files)]) await chown(path, user.uid, user.gid);
  superuser = new pg.Client({ connectionString: postgres.superuserUrl });
  await superuser.connect();
  for (const [name, path] of Object.entries(files)) await superuser.query(`alter system set ${name} = '${path}'`);
  await superuser.query('alter system set ssl = on');
  await superuser.query('select pg_reload_conf()');
});

afterAll(async () => {
  await superuser?.end();
  await postgres?.stop();
  for (const made of [folder, serverFolder]) await rm(made, { recursive: true, force: true });
});

/** The address by the name in the certificate, or by one that is not in it. */
function address(url: string, parameters: string, host = 'localhost'): string {
  const led = new URL(url);
  led.hostname = host;
  return `${led.href}?${parameters}`;
}

const verifyFull = (file: string) => `sslmode=verify-full&sslrootcert=${file}`;
const refused = (setting: string) => ({
  name: 'DatabaseSetupError',
  problems: [
    expect.stringMatching(new RegExp(`^${setting}: .*The certificate of PostgreSQL is not trusted\\. In ${setting}, `)),
  ],
});

describe('a PostgreSQL with a certificate of an authority of its own', () => {
  it('is used with sslmode=verify-full and sslrootcert, by "migrate" and by every connection of the server', async () => {
    const query = verifyFull(authority);
    const url = address(postgres.runtimeUrl, query);
    const migrationUrl = address(postgres.ownerUrl, query);
    await migrate({ migrationUrl, runtimeUrl: url, folders: [expensesMigrations] });
    const resource = await createExpenses({ url });
    await resource.ping();
    const { rows } = await superuser.query<{ name: string; ssl: boolean }>(
      `select application_name as name, ssl from pg_stat_activity join pg_stat_ssl using (pid)
       where usename = $1 order by application_name`,
      [new URL(url).username],
    );
    await resource.close();
    expect(rows.map(({ name }) => name)).toEqual(
      expect.arrayContaining([
        'entra-graphql',
        'entra-graphql control',
        expect.stringMatching(/^entra-graphql expense/),
      ]),
    );
    expect(rows.every(({ ssl }) => ssl)).toBe(true);
  });

  it.each([
    ['another authority', () => otherAuthority, 'localhost'],
    ['a host name that is not in the certificate', () => authority, '127.0.0.1'],
  ])('is refused with %s, which the error names a remedy for', async (_what, file, host) => {
    const good = address(postgres.runtimeUrl, verifyFull(authority));
    const bad = (url: string) => address(url, verifyFull(file()), host);
    await expect(createExpenses({ url: bad(postgres.runtimeUrl) })).rejects.toMatchObject(refused('DATABASE_URL'));
    const listenUrl = bad(postgres.runtimeUrl);
    await expect(createExpenses({ url: good, listenUrl })).rejects.toMatchObject(refused('DATABASE_LISTEN_URL'));
    const migrationUrl = bad(postgres.ownerUrl);
    const migrating = migrate({ migrationUrl, runtimeUrl: good, folders: [expensesMigrations] });
    await expect(migrating).rejects.toMatchObject(refused('DATABASE_MIGRATION_URL'));
  });

  it('is refused with sslmode=require too, and without an authority', async () => {
    for (const query of ['sslmode=require', 'sslmode=verify-full']) {
      const url = withPlainTlsMode(address(postgres.runtimeUrl, query));
      await expect(createExpenses({ url })).rejects.toMatchObject(refused('DATABASE_URL'));
    }
  });

  it.each([
    ['sslmode=no-verify', () => '', '127.0.0.1', /does not check the certificate of PostgreSQL/],
    ['sslmode=require&uselibpqcompat=true', () => '', '127.0.0.1', /does not check the certificate of PostgreSQL/],
    [
      'sslmode=verify-ca&uselibpqcompat=true',
      () => `&sslrootcert=${authority}`,
      '127.0.0.1',
      /does not check that the certificate has the name of the host/,
    ],
  ])('is used with %s, and a line says what is not checked', async (mode, rest, host, note) => {
    const environment = {
      DATABASE_URL: address(postgres.runtimeUrl, verifyFull(authority)),
      DATABASE_MIGRATION_URL: address(postgres.ownerUrl, `${mode}${rest()}`, host),
    };
    const { code, printed, complaints } = await runInTerminal(['migrate'], { environment });
    expect({ code, printed }).toEqual({ code: 0, printed: expect.stringContaining('The database is up to date.') });
    expect(complaints).toMatch(new RegExp(`^Warning: DATABASE_MIGRATION_URL: sslmode=.*${note.source}`));
  });
});
