import type { Revocation } from '../../authentication/revocations/revocation-list.js';
import { LIMITS } from '../../config/limits.js';
import { DatabaseSetupError } from '../database-errors.js';
import { toDatabaseError } from '../driver-errors.js';
import { type DatabaseOwner, inOwnerTransaction } from '../setup/owner-transaction.js';

const MOST = LIMITS.revocations.default;

/** A revocation to add. Its time is that of the database unless it is given. */
export type NewRevocation = Omit<Revocation, 'beforeSeconds'> & Partial<Revocation>;

/**
 * Adds revocations to the table as its owner and removes those that have ended. A time that is later than the one that is
 * there takes its place. Everything is added or nothing. Returns them as they stand in the table then.
 *
 * @throws DatabaseSetupError when the database cannot be used, or there would be more revocations than a server keeps
 */
export async function addRevocations(
  owner: DatabaseOwner,
  revocations: readonly NewRevocation[],
): Promise<readonly Revocation[]> {
  return inOwnerTransaction(owner, toDatabaseError, async (client) => {
    await client.query('delete from entra.revocations where ends_at < now()');
    const added: Revocation[] = [];
    for (const { kind, id, beforeSeconds } of revocations) {
      added.push(...(await client.query<Revocation>(ADD, [kind, id, beforeSeconds])).rows);
    }
    const { rows } = await client.query<{ count: number }>('select count(*)::int as count from entra.revocations');
    if (Number(rows[0]?.count) > MOST) throw new DatabaseSetupError([TOO_MANY]);
    return added;
  });
}

// A token is refused whenever it was issued, so its revocation lasts as long as any token that is valid now.
const ADD = `
  insert into entra.revocations as known (kind, id, before, ends_at)
  select $1, $2, given.before, case $1 when 'token' then now() else given.before end + interval '28 hours 10 minutes'
  from (select coalesce(to_timestamp($3), date_trunc('second', now())) as before) as given
  on conflict (kind, id) do update
  set before = greatest(known.before, excluded.before), ends_at = greatest(known.ends_at, excluded.ends_at)
  returning kind, id, extract(epoch from before)::float8 as "beforeSeconds"
`;

const TOO_MANY = `There may be ${MOST} revocations at a time. Wait until some have ended, or disable the users or clients in Entra.`;
