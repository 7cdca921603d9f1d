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
  const values = { row, by, before, last: parseSize('last', last) ?? EXPENSES_LIMITS.pageSize.default };
  const given = (['row', 'by', 'before'] as const).filter((name) => typeof values[name] === 'string');
  // One statement for each combination. In a statement for all of them, PostgreSQL could keep a plan that uses no index.
  const rows = await run(`access entries: ${given.join(', ')}`, values, (tables, value) => {
    const id = sql.ref(row === null ? 'entry.id' : 'touched.entry_id');
    const conditions = {
      row: sql`touched.row_id = ${value('row')}::text`,
      by: sql`entry.object_id = ${value('by')}::uuid`,
      before: sql`${id} < ${value('before')}::bigint`,
    };
    return sql<AccessEntryRow>`
      select entry.id, entry.at, entry.object_id as by, upper(entry.kind) as kind, entry.client_id as client,
        entry.agent_id as agent, entry.token_id as "tokenId", entry.operation, entry.coordinate, entry.reason, entry.outcome,
        entry.row_ids as objects
      from access_entries as entry
      ${row === null ? sql`` : sql`join access_entry_rows as touched on touched.entry_id = entry.id`}
      where ${sql.join([sql`true`, ...given.map((name) => conditions[name])], sql` and `)}
      order by ${id} desc limit ${value('last')}::int
    `.compile(tables);
  });
  return rows.toReversed();
}
