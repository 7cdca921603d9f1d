import type { PolicyInput } from '../authorization/guards/policies.js';
import type { ExpensesContext } from './context.js';
import { parseGlobalIdOf } from './global-id.js';

type Input = PolicyInput<ExpensesContext>;

/**
 * The policies that the schema names. Those of a mutation run in its transaction and lock the report, so that it cannot
 * change between decision and change. A report that is hidden from the caller denies like one that does not exist.
 */
export const policies = {
  /** The employee is the caller. */
  self: ({ parent, caller }: Input): boolean => caller.kind === 'delegated' && idOf(parent) === caller.objectId,

  /** The caller works in Finance. */
  finance: ({ caller }: Input): boolean => caller.kind === 'delegated' && caller.roles.has('Expenses.Finance'),

  /** The caller wrote the report. */
  ownsReport: async ({ args, caller, context }: Input): Promise<boolean> => {
    const report = await lockNamedReport(args, context);
    return report?.authorId === caller.objectId;
  },

  /** The caller is the manager of the report's author, and not the author. */
  managesAuthor: async ({ args, caller, context }: Input): Promise<boolean> => {
    const report = await lockNamedReport(args, context);
    if (!report || report.authorId === caller.objectId) return false;
    const author = await context.loaders.employee.load(report.authorId);
    return author?.managerId === caller.objectId;
  },
};

/** Locks and returns the report that a mutation names in `id` or `input.id`. */
async function lockNamedReport(args: Input['args'], { loaders }: ExpensesContext) {
  const id = parseGlobalIdOf('ExpenseReport', args.id ?? idOf(args.input));
  return id === undefined ? undefined : loaders.reportToChange.load(id);
}

function idOf(value: unknown): unknown {
  return value !== null && typeof value === 'object' && 'id' in value ? value.id : undefined;
}
