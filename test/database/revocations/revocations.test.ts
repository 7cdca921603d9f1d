import type pg from 'pg';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import type { RevocationSource } from '../../../src/authentication/revocations/revocation-source.js';
import { defaultLimits } from '../../../src/config/limits.js';
import { addRevocations } from '../../../src/database/revocations/revoke.js';
import {
  type WatchedRevocations,
  type WatchOptions,
  watchRevocations,
} from '../../../src/database/revocations/watch-revocations.js';
import { openConnection } from '../../../src/database/setup/open-connection.js';
import { callerOf } from '../../support/callers.js';
import { createTestDatabase, openSuperuser, type TestDatabase } from '../../support/database.js';
import { until } from '../../support/sockets.js';

let database: TestDatabase;
let superuser: pg.Client;
const watched: WatchedRevocations[] = [];

beforeAll(async () => {
  database = await createTestDatabase();
  superuser = await openSuperuser(database);
});
afterEach(async () => {
  for (const one of watched.splice(0)) await one.close();
  await superuser.query('delete from entra.revocations');
});
afterAll(async () => {
  await superuser.end();
  await database.drop();
});

const erin = callerOf('erin');
const REVOKED_SECONDS = Math.floor(Date.now() / 1000);
const revocation = { kind: 'user', id: erin.objectId, beforeSeconds: REVOKED_SECONDS } as const;

async function watch(options: Partial<WatchOptions> = {}) {
  const warnings: string[] = [];
  const notes: string[] = [];
  const logger = {
    info: (_details: object, message: string) => void notes.push(message),
    warn: (_details: object, message: string) => void warnings.push(message),
  };
  const one = await watchRevocations({ url: database.runtimeUrl, logger, ...options });
  watched.push(one);
  return { ...one.source, warnings, notes };
}

const askAboutErin = ({ revokedBefore }: RevocationSource) => revokedBefore({ caller: erin, tokenId: undefined });

it('revocations are known from the start, and new ones to every server', async () => {
  await addRevocations({ migrationUrl: database.ownerUrl }, [revocation]);
  const servers = await Promise.all([watch(), watch()]);
  expect(servers.map(askAboutErin)).toEqual([REVOKED_SECONDS, REVOKED_SECONDS]);
  const later = { ...revocation, beforeSeconds: REVOKED_SECONDS + 7 };
  await addRevocations({ migrationUrl: database.ownerUrl }, [later, { ...revocation, kind: 'token', id: 'x' }]);
  await until(() => servers.every((server) => askAboutErin(server) === REVOKED_SECONDS + 7));
  // An earlier time takes nothing back.
  await addRevocations({ migrationUrl: database.ownerUrl }, [
    revocation,
    { ...revocation, kind: 'client', id: erin.clientId, beforeSeconds: REVOKED_SECONDS + 9 },
  ]);
  await until(() => servers.every((server) => askAboutErin(server) === REVOKED_SECONDS + 9));
  expect(servers.flatMap(({ warnings }) => warnings)).toEqual([]);
});

it('revocations of a token last as long as a token that is valid now, whatever time they have', async () => {
  const ending = { id: 'x', beforeSeconds: REVOKED_SECONDS - 27 * 3600 };
  const owner = { migrationUrl: database.ownerUrl };
  await addRevocations(owner, [
    { ...ending, kind: 'token' },
    { ...ending, kind: 'client' },
  ]);
  const { rows } = await superuser.query(
    "select kind, ends_at > now() + interval '28 hours' as is_long from entra.revocations order by kind",
  );
  expect(rows).toEqual([
    { kind: 'client', is_long: false },
    { kind: 'token', is_long: true },
  ]);
});

it('revocations have the time of the database unless another one is given', async () => {
  const [added] = await addRevocations({ migrationUrl: database.ownerUrl }, [{ kind: 'user', id: erin.objectId }]);
  const { rows } = await superuser.query(
    "select extract(epoch from before)::float8 as before, before between now() - interval '1 minute' and now() as is_now from entra.revocations",
  );
  expect(rows).toEqual([{ before: added?.beforeSeconds, is_now: true }]);
});

it('revocations are forgotten when they have ended, and taken back by the owner', async () => {
  await addRevocations({ migrationUrl: database.ownerUrl }, [
    { ...revocation, beforeSeconds: REVOKED_SECONDS - 29 * 3600 },
  ]);
  const server = await watch();
  expect(askAboutErin(server)).toBeUndefined();
  await addRevocations({ migrationUrl: database.ownerUrl }, [{ ...revocation, kind: 'client', id: erin.clientId }]);
  await until(() => askAboutErin(server) === REVOKED_SECONDS);
  expect((await superuser.query('select kind from entra.revocations')).rows).toEqual([{ kind: 'client' }]);
  await superuser.query('delete from entra.revocations');
  await until(() => askAboutErin(server) === undefined);
});

it('revocations hold during an outage, and are read again after it', async () => {
  await addRevocations({ migrationUrl: database.ownerUrl }, [revocation]);
  const server = await watch({ limits: { ...defaultLimits, revocationRetryMs: 50 } });
  const other = { caller: callerOf('mia'), tokenId: undefined };
  const name = new URL(database.runtimeUrl).pathname.slice(1);
  await superuser.query(`alter database ${name} connection limit 0`);
  await superuser.query(
    "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and application_name like 'entra-graphql entra_revocations'",
  );
  await until(() => server.revokedBefore(other) === 'unknown');
  expect(askAboutErin(server)).toBe(REVOKED_SECONDS);
  await superuser.query(
    "insert into entra.revocations values ('client', $1, to_timestamp($2), now() + interval '1 hour')",
    [callerOf('mia').clientId, REVOKED_SECONDS + 3],
  );
  await superuser.query(`alter database ${name} connection limit -1`);
  await until(() => server.revokedBefore(other) === REVOKED_SECONDS + 3);
  expect(server.warnings).toEqual([expect.stringContaining('the revocations cannot be read')]);
  await until(() => server.notes.length > 0);
  expect(server.notes).toEqual(['the revocations can be read again']);
});

it('revocations stay unknown when a read ends that began before the notifications were lost', async () => {
  await addRevocations({ migrationUrl: database.ownerUrl }, [revocation]);
  const server = await watch({ limits: { ...defaultLimits, revocationRetryMs: 600_000 } });
  const other = { caller: callerOf('mia'), tokenId: undefined };
  const count = async (condition: string, act = '1') => {
    const { rows } = await superuser.query(
      `select ${act} from pg_stat_activity where datname = current_database() and application_name = ${condition}`,
    );
    return rows.length;
  };
  const holder = await openSuperuser(database);
  try {
    await holder.query('begin; lock table entra.revocations in access exclusive mode');
    await superuser.query('notify entra_revocations');
    await until(async () => (await count("'entra-graphql control' and wait_event_type = 'Lock'")) > 0);
    await count("'entra-graphql entra_revocations'", 'pg_terminate_backend(pid)');
    await until(() => server.revokedBefore(other) === 'unknown');
    await holder.query('delete from entra.revocations; commit');
  } finally {
    await holder.end();
  }
  // The read is taken, which says that the owner took the entry back. It may lack what came after it.
  await until(() => askAboutErin(server) !== REVOKED_SECONDS);
  expect([server.isUpToDate?.(), askAboutErin(server), server.revokedBefore(other)]).toEqual([
    false,
    'unknown',
    'unknown',
  ]);
});

it('revocations are unknown where the database cannot be reached at the start', async () => {
  const url = new URL(database.runtimeUrl);
  url.port = '1';
  const server = await watch({ url: url.href });
  expect(askAboutErin(server)).toBe('unknown');
  expect(server.warnings).toHaveLength(1);
});

it('revocations may be read by the login of the server, and not written', async () => {
  const client = await openConnection({ connectionString: database.runtimeUrl });
  try {
    await client.query('select * from entra.revocations');
    for (const statement of [
      "insert into entra.revocations values ('user', 'x', now(), now())",
      'update entra.revocations set before = now()',
      'delete from entra.revocations',
    ]) {
      await expect(client.query(statement)).rejects.toMatchObject({ code: '42501' });
    }
  } finally {
    await client.end();
  }
});

it('revocations are bounded for the one who writes and the one who reads', async () => {
  const server = await watch({ limits: { ...defaultLimits, revocations: 2 } });
  const many = ['a', 'b'].map((id) => ({ kind: 'token' as const, id, beforeSeconds: REVOKED_SECONDS }));
  await addRevocations({ migrationUrl: database.ownerUrl }, many);
  const other = { caller: callerOf('mia'), tokenId: 'a' };
  await until(() => typeof server.revokedBefore(other) === 'number');
  expect(askAboutErin(server)).toBeUndefined();
  await addRevocations({ migrationUrl: database.ownerUrl }, [
    { kind: 'token', id: 'c', beforeSeconds: REVOKED_SECONDS - 1 },
  ]);
  await until(() => askAboutErin(server) === 'unknown');
  expect(typeof server.revokedBefore(other)).toBe('number');

  await superuser.query(
    "insert into entra.revocations select 'token', 'n' || number, now(), now() + interval '1 hour' from generate_series(1, $1) as number",
    [defaultLimits.revocations - 3],
  );
  await expect(addRevocations({ migrationUrl: database.ownerUrl }, [revocation])).rejects.toMatchObject({
    problems: [expect.stringContaining(`There may be ${defaultLimits.revocations} revocations at a time`)],
  });
});
