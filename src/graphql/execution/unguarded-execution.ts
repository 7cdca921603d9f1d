import {
  type DocumentNode,
  execute,
  type FormattedExecutionResult,
  type GraphQLSchema,
  type OperationDefinitionNode,
} from 'graphql';
import type { Limits } from '../../config/limits.js';
import type { ErrorFormatter } from '../apollo/error-format.js';
import { formatResult } from '../apollo/format-result.js';
import { type CreateAnswerBudget, withAnswerBudget } from './answer-budget.js';
import { createCompiledQueries } from './compiled/compiled-queries.js';
import { isPromise } from './compiled/is-promise.js';

/** An operation that authorization has granted as a whole. */
interface GrantedOperation {
  readonly document: DocumentNode;
  readonly operation: OperationDefinitionNode;
  readonly operationName: string | null | undefined;
  readonly variables: Readonly<Record<string, unknown>> | undefined;
  readonly context: unknown;
}

/**
 * Runs an operation without guards. Undefined: it has to run the ordinary way, and nothing of it has run yet. What it
 * gives, it gives at once when no resolver makes it wait.
 */
export type UnguardedExecution = (
  operation: GrantedOperation,
) => FormattedExecutionResult | Promise<FormattedExecutionResult> | undefined;

/**
 * Executes operations on the schema without guards. Authorization has granted every field and no policy decides, so one
 * decision replaces that of each field. The client gets the same bytes as from Apollo Server over the guarded schema, which
 * a test holds.
 *
 * @param options.compiled whether queries that come often are compiled (`GRAPHQL_COMPILED`)
 */
export function createUnguardedExecution(
  schema: GraphQLSchema,
  formatError: ErrorFormatter,
  options: {
    readonly compiled: boolean;
    readonly limits: Pick<Limits, 'compiledQueryCacheBytes'>;
    readonly createBudget: CreateAnswerBudget;
  },
): UnguardedExecution {
  const { limits, createBudget } = options;
  const findCompiled = options.compiled ? createCompiledQueries(schema, limits.compiledQueryCacheBytes) : undefined;
  const counted = withAnswerBudget(schema, createBudget);
  return (asked) => {
    const { document, operation, variables = {}, context } = asked;
    const compiled = findCompiled?.(document, operation)?.({ context, variables, budget: createBudget() });
    const result = compiled ?? run(counted, asked);
    if (isPromise(result)) return result.then((settled) => formatResult(settled, formatError));
    // Variables that do not fit, found before any resolver runs: Apollo Server has a status and a code of its own for them.
    return result.data === undefined ? undefined : formatResult(result, formatError);
  };
}

function run(schema: GraphQLSchema, { document, operationName, variables, context }: GrantedOperation) {
  return execute({
    schema,
    document,
    operationName,
    variableValues: variables,
    contextValue: context,
    options: STOP_AT_FIRST,
  });
}

/** Apollo Server finds errors of variables again, to report them. */
const STOP_AT_FIRST = { maxCoercionErrors: 1 } as const;
