import type { Caller } from '../../authentication/caller.js';
import { sql } from '../../database/kysely.js';
import type { Condition } from './conditions.js';

/**
 * Returns a condition on the author that every report meets which the caller can see. Undefined: it would not narrow the
 * query.
 *
 * This is for speed alone, because row-level security decides about every row. It is tried on each row of the tenant, while
 * the rows of known authors are found by index (300 000 reports: 3 ms instead of 250).
 */
export function authorsInView(caller: Caller | undefined): Condition<'expense_reports'> | undefined {
  if (!caller || caller.isGuest) return { name: 'no author', build: () => sql`false` };
  if (caller.kind === 'app-only') return undefined;
  const { objectId, roles } = caller;
  if (roles.has('Expenses.Finance') || roles.has('Expenses.Auditor')) return undefined;
  const isOwn = !roles.has('Expenses.Approver');
  return { name: isOwn ? 'own' : 'team', value: objectId, build: isOwn ? ofAuthor : ofTeam };
}

const ofAuthor: Condition<'expense_reports'>['build'] = (expression, caller) => expression('author_id', '=', caller);

const ofTeam: Condition<'expense_reports'>['build'] = (expression, caller) =>
  expression('author_id', 'in', (selection) =>
    selection
      .selectFrom('employees as employee')
      .select('employee.id')
      .where((where) => where.or([where('employee.id', '=', caller), where('employee.manager_id', '=', caller)])),
  );
