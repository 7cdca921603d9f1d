import {
  type DocumentNode,
  execute,
  type FormattedExecutionResult,
  type GraphQLSchema,
  type OperationDefinitionNode,
} from 'graphql';
import type { DeniedFields } from '../../authorization/operations/denied-fields.js';
import type { Limits } from '../../config/limits.js';
import { isPromise } from '../../values/is-promise.js';
import type { ErrorFormatter } from '../apollo/error-format.js';
import { formatResult } from '../apollo/format-result.js';
import { type CreateAnswerBudget, withAnswerBudget } from './answer-budget.js';
import { createCompiledQueries } from './compiled/compiled-queries.js';
import { noteDeniedFields, withDeniedFields } from './denied-fields.js';

/** An operation that the token decides: all of it is granted, or all but some fields of a query. */
interface DecidedOperation {
  readonly document: DocumentNode;
  readonly operation: OperationDefinitionNode;
  readonly operationName: string | null | undefined;
  readonly variables: Readonly<Record<string, unknown>> | undefined;
  readonly context: object;
  readonly denied?: DeniedFields | undefined;
  /** The event that a subscription answers. */
  readonly event?: unknown;
}

/**
 * Runs an operation without guards. Undefined: it has to run the ordinary way, and nothing of it has run yet. It returns
 * synchronously if every resolver does.
 */
export type UnguardedExecution = (
  operation: DecidedOperation,
) => FormattedExecutionResult | Promise<FormattedExecutionResult> | undefined;

/**
 * Executes operations on the schema without guards. The token decides every field and no policy is left to ask, so one
 * decision replaces that of each field. A denied field is not resolved: its error stands in its place. The client gets the
 * same bytes as from Apollo Server over the guarded schema, which a test holds.
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
  const counted = withAnswerBudget(withDeniedFields(schema), createBudget);
  return (asked) => {
    const { document, operation, variables = {}, context, denied, event } = asked;
    const runCompiled = findCompiled?.(document, operation);
    const compiled = runCompiled?.({ context, variables, denied, budget: createBudget(), rootValue: event });
    if (denied) noteDeniedFields(context, denied);
    const result = compiled ?? run(counted, asked);
    if (isPromise(result)) return result.then((settled) => formatResult(settled, formatError));
    // Variables that do not fit, found before any resolver runs: Apollo Server has a status and a code of its own for them.
    return result.data === undefined ? undefined : formatResult(result, formatError);
  };
}

function run(schema: GraphQLSchema, { document, operationName, variables, context, event }: DecidedOperation) {
  return execute({
    schema,
    document,
    operationName,
    variableValues: variables,
    contextValue: context,
    rootValue: event,
    options: STOP_AT_FIRST,
  });
}

/** Apollo Server finds errors of variables again, to report them. */
const STOP_AT_FIRST = { maxCoercionErrors: 1 } as const;
