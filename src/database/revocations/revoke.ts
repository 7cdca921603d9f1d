import type { Revocation } from '../../authentication/revocations/revocation-list.js';
import { LIMITS } from '../../config/limits.js';
import { DatabaseSetupError, toDatabaseError } from '../database-errors.js';
import { type DatabaseOwner, inOwnerTransaction } from '../setup/owner-transaction.js';

const MOST = LIMITS.revocations.default;

/**
 * Adds revocations to the table as its owner and removes those that have ended. A time that is later than the one that is
 * there takes its place. Everything is added or nothing.
 *
 * @throws DatabaseSetupError when the database cannot be used, or there would be more revocations than a server keeps
 */
export async function addRevocations(owner: DatabaseOwner, revocations: readonly Revocation[]): Promise<void> {
  await inOwnerTransaction(owner, toDatabaseError, async (client) => {
    await client.query('delete from entra.revocations where ends_at < now()');
    for (const { kind, id, beforeSeconds } of revocations) await client.query(ADD, [kind, id, beforeSeconds]);
    const { rows } = await client.query<{ count: number }>('select count(*)::int as count from entra.revocations');
    if (Number(rows[0]?.count) > MOST) throw new DatabaseSetupError([TOO_MANY]);
  });
}

const ADD = `
  insert into entra.revocations as known (kind, id, before, ends_at)
  values ($1, $2, to_timestamp($3), to_timestamp($3) + interval '28 hours 10 minutes')
  on conflict (kind, id) do update
  set before = greatest(known.before, excluded.before), ends_at = greatest(known.ends_at, excluded.ends_at)
`;

const TOO_MANY = `There may be ${MOST} revocations at a time. Wait until some have ended, or disable the users or clients in Entra.`;
