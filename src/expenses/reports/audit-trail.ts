import { inputError } from '../../api/input.js';
import { sql } from '../../database/kysely.js';
import type { Value } from '../../database/statements/query-shapes.js';
import type { ExpenseReportAuditTrailArgs } from '../../generated/schema-types.js';
import { parseGlobalIdOf } from '../global-id.js';
import { EXPENSES_LIMITS } from '../limits.js';
import { parseSize } from '../pages/page-request.js';
import type { AuditEntryRow } from '../rows.js';
import type { ExpensesDatabase } from '../tables.js';

/** Part of a report's audit trail: the newest entries, or the newest ones before an entry. */
export interface AuditTrailRequest {
  readonly reportId: string;
  readonly last: number;
  readonly before: string | undefined;
}

/**
 * Checks the arguments of an audit trail. A draft can be edited any number of times, so a trail is read in parts.
 *
 * @throws GraphQLError `BAD_USER_INPUT`
 */
export function parseAuditTrailRequest(
  reportId: string,
  { last, before }: Partial<ExpenseReportAuditTrailArgs>,
): AuditTrailRequest {
  const entryId = parseGlobalIdOf('AuditEntry', before);
  if (typeof before === 'string' && entryId === undefined) {
    throw inputError('"before" must be the id of an audit entry.');
  }
  return { reportId, last: parseSize('last', last) ?? EXPENSES_LIMITS.pageSize.default, before: entryId };
}

/**
 * Reads parts of audit trails in one statement, each oldest first. Before an entry of another report there is none. One trail
 * has a statement of its own, whose plan PostgreSQL keeps.
 */
export async function readAuditTrails(
  { run }: Pick<ExpensesDatabase, 'run'>,
  asked: readonly AuditTrailRequest[],
): Promise<readonly (readonly AuditEntryRow[])[]> {
  const values = {
    reports: asked.map(({ reportId }) => reportId),
    last: asked.map(({ last }) => last),
    before: asked.map(({ before }) => before ?? null),
  };
  const isOne = asked.length === 1;
  const rows = await run(isOne ? 'one audit trail' : 'audit trails', values, (tables, value) =>
    sql<AuditEntryRow & { readonly place: number }>`
    select asked.place::int as place, entry.id, entry.report_id as "reportId", entry.at, entry.action,
      entry.actor_id as "actorId", entry.agent_id as "agentId"
    from ${isOne ? oneOf(value) : eachOf(value)} as asked (report_id, last, before, place)
    cross join lateral (
      select * from audit_entries
      where report_id = asked.report_id and (asked.before is null or sequence < (
        select sequence from audit_entries as entry where entry.report_id = asked.report_id and entry.id = asked.before
      ))
      order by sequence desc limit asked.last
    ) as entry
    order by asked.place, entry.sequence
  `.compile(tables),
  );
  const trails: AuditEntryRow[][] = asked.map(() => []);
  for (const { place, ...entry } of rows) trails[place - 1]?.push(entry);
  return trails;
}

const eachOf = (value: Value) =>
  sql`unnest(${value('reports')}::uuid[], ${value('last')}::int[], ${value('before')}::uuid[]) with ordinality`;

const oneOf = (value: Value) =>
  sql`(select (${value('reports')}::uuid[])[1], (${value('last')}::int[])[1], (${value('before')}::uuid[])[1], 1)`;
