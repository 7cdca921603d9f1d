import { inputError, isUuid } from '../../api/input.js';
import { sql } from '../../database/kysely.js';
import type { QueryAccessEntriesArgs } from '../../generated/schema-types.js';
import { parseGlobalId } from '../global-id.js';
import { EXPENSES_LIMITS } from '../limits.js';
import { parseSize } from '../pages/page-request.js';
import type { AccessEntryRow } from '../rows.js';
import type { ExpensesDatabase } from '../tables.js';

const NUMBER = /^[1-9][0-9]{0,17}$/;

/**
 * Reads a part of the access record, oldest first. Row-level security shows it to auditors alone.
 *
 * @throws GraphQLError `BAD_USER_INPUT`
 */
export async function readAccessEntries(
  { run }: Pick<ExpensesDatabase, 'run'>,
  { of, by, last, before }: QueryAccessEntriesArgs,
): Promise<AccessEntryRow[]> {
  const row = parseGlobalId(of)?.uuid ?? null;
  if (typeof of === 'string' && row === null) throw inputError('"of" must be the id of an object.');
  if (typeof by === 'string' && !isUuid(by)) throw inputError('"by" must be the object id of a user or application.');
  if (typeof before === 'string' && !NUMBER.test(before))
    throw inputError('"before" must be the id of an access entry.');
  const values = {
    row,
    by: by ?? null,
    before: before ?? null,
    last: parseSize('last', last) ?? EXPENSES_LIMITS.pageSize.default,
  };
  const rows = await run('access entries of a tenant', values, (tables, value) =>
    sql<AccessEntryRow>`
    select id, at, object_id as by, upper(kind) as kind, client_id as client, agent_id as agent, token_id as "tokenId",
      operation, coordinate, reason, outcome, row_ids as objects
    from access_entries
    where (${value('row')}::text is null or row_ids @> array[${value('row')}::text])
      and (${value('by')}::uuid is null or object_id = ${value('by')}::uuid)
      and (${value('before')}::bigint is null or id < ${value('before')}::bigint)
    order by id desc limit ${value('last')}::int
  `.compile(tables),
  );
  return rows.toReversed();
}
