import type pg from 'pg';

/** PostgreSQL's class of codes for a row that breaks a constraint. */
const CONSTRAINT_CODES = /^23...$/;

/** Returns whether a constraint refused a row. */
export function breaksConstraint({ code }: pg.DatabaseError): boolean {
  return CONSTRAINT_CODES.test(code ?? '');
}

/**
 * Returns the advice for the log about a row that a constraint refused. It has names of the schema and no value of the row.
 */
export function constraintAdvice({ table, constraint, column, code }: pg.DatabaseError): string {
  const rule = constraint ? `constraint "${constraint}"` : column ? `column "${column}"` : 'a constraint';
  const place = table ? `${rule} of table "${table}"` : rule;
  return `The row breaks ${place}. Check the value in the resolver before it is stored, or catch code ${code} there and throw an inputError that tells the client what to change.`;
}

/** The advice for the log about a row that row-level security refused. PostgreSQL's message names the table. */
export const POLICY_ADVICE =
  'No policy of this table lets this caller store the row. Compare the row with the policies "for insert" and "for update" in the migrations. With "returning", the policy "for select" must show the row to the caller too. See "A row is refused" in docs/troubleshooting.md.';
