import type { Expression, ExpressionBuilder, RawBuilder, SqlBool } from 'kysely';
import type { Value, Values } from '../../database/statements/query-shapes.js';
import type { ExpensesTables } from '../tables.js';

/** A condition on the rows of a list. Conditions of the same name differ in the value alone. */
export interface Condition<Table extends keyof ExpensesTables> {
  readonly name: string;
  readonly value?: unknown;
  build(
    expression: ExpressionBuilder<ExpensesTables, Table>,
    // biome-ignore lint/suspicious/noExplicitAny: each condition knows the type of its column
    value: RawBuilder<any>,
  ): Expression<SqlBool>;
}

/** Conditions of a list. Its rows meet all of them. */
export interface Conditions<Table extends keyof ExpensesTables> {
  /** Identifies the conditions regardless of their values. */
  readonly shape: string;
  readonly values: Values;
  build(expression: ExpressionBuilder<ExpensesTables, Table>, value: Value): Expression<SqlBool>;
}

/** @param list the same condition at most once. Those that are undefined are left out */
export function joinConditions<Table extends keyof ExpensesTables>(
  list: readonly (Condition<Table> | undefined)[],
): Conditions<Table> {
  const conditions = list.filter((condition) => condition !== undefined);
  return {
    shape: conditions.map(({ name }) => name).join(', '),
    values: Object.fromEntries(conditions.map(({ name, value }) => [name, value])),
    build: (expression, value) => expression.and(conditions.map(({ name, build }) => build(expression, value(name)))),
  };
}
