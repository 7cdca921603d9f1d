import type pg from 'pg';
import type { Revocation } from '../../authentication/revocations/revocation-list.js';
import { LIMITS } from '../../config/limits.js';
import { clientClass } from '../connections/client-class.js';
import { toSetupError } from '../connections/connection-advice.js';
import { createDatabasePassword, type DatabaseAuth } from '../connections/entra-password.js';
import { DatabaseSetupError, toDatabaseError } from '../database-errors.js';
import { openConnection } from '../setup/open-connection.js';

const MOST = LIMITS.revocations.default;

/** The database whose owner revokes. */
export interface RevokingOwner {
  /** As `DATABASE_MIGRATION_URL`. */
  readonly migrationUrl: string;
  /** As `DATABASE_AUTH`. Default `password`. */
  readonly auth?: DatabaseAuth | undefined;
}

/**
 * Adds revocations to the table as its owner and removes those that have ended. A time that is later than the one that is
 * there takes its place. Everything is added or nothing.
 *
 * @throws DatabaseSetupError when the database cannot be used, or there would be more revocations than a server keeps
 */
export async function addRevocations(
  { migrationUrl, auth }: RevokingOwner,
  revocations: readonly Revocation[],
): Promise<void> {
  let client: pg.Client | undefined;
  try {
    const password = createDatabasePassword({ auth, url: migrationUrl });
    await password?.();
    client = await openConnection({
      connectionString: migrationUrl,
      connectionTimeoutMillis: 10_000,
      Client: clientClass(password),
    });
    await client.query('begin');
    await client.query('delete from entra.revocations where ends_at < now()');
    for (const { kind, id, beforeSeconds } of revocations) await client.query(ADD, [kind, id, beforeSeconds]);
    const { rows } = await client.query<{ count: number }>('select count(*)::int as count from entra.revocations');
    if (Number(rows[0]?.count) > MOST) throw new DatabaseSetupError([TOO_MANY]);
    await client.query('commit');
  } catch (error) {
    throw toSetupError(toDatabaseError(error), 'DATABASE_MIGRATION_URL', migrationUrl);
  } finally {
    // Also ends an open transaction. Uncommitted changes are rolled back.
    await client?.end().catch(() => undefined);
  }
}

const ADD = `
  insert into entra.revocations as known (kind, id, before, ends_at)
  values ($1, $2, to_timestamp($3), to_timestamp($3) + interval '28 hours 10 minutes')
  on conflict (kind, id) do update
  set before = greatest(known.before, excluded.before), ends_at = greatest(known.ends_at, excluded.ends_at)
`;

const TOO_MANY = `There may be ${MOST} revocations at a time. Wait until some have ended, or disable the users or clients in Entra.`;
