import { type GraphQLResponse, HeaderMap } from '@apollo/server';
import {
  type DocumentNode,
  type ExecutionResult,
  execute,
  type GraphQLSchema,
  getVariableValues,
  type OperationDefinitionNode,
} from 'graphql';
import { type CompilableQuery, createCompiledQueries } from './compiled/compiled-queries.js';
import type { createErrorFormatter } from './error-format.js';
import { formatResult } from './format-result.js';

/** An operation of which authorization has granted everything. */
interface GrantedOperation {
  readonly document: DocumentNode;
  readonly operation: OperationDefinitionNode;
  readonly operationName: string | null;
  readonly variables: Readonly<Record<string, unknown>> | undefined;
  readonly context: unknown;
}

/** Runs an operation without guards. Null: it has to run the ordinary way, and nothing of it has run yet. */
export type BareExecution = (operation: GrantedOperation) => Promise<GraphQLResponse | null>;

/**
 * Executes operations of which authorization has found that every field is granted and no policy is asked, on the schema
 * without guards: what is decided once for the operation is not asked again for each of its fields.
 *
 * What the client gets is the same to the byte as from Apollo Server over the guarded schema (a test holds them together).
 *
 * @param options.compiles whether queries that come often are compiled (`GRAPHQL_JIT`)
 */
export function createBareExecution(
  schema: GraphQLSchema,
  formatError: ReturnType<typeof createErrorFormatter>,
  options: { readonly compiles: boolean },
): BareExecution {
  const findCompiled = options.compiles ? createCompiledQueries(schema) : undefined;
  return async (asked) => {
    const compiled = findCompiled?.(asked.document, asked.operation);
    const result = (compiled && (await runCompiled(compiled, schema, asked))) ?? (await run(schema, asked));
    // Variables that do not fit, found before any resolver runs: Apollo Server has a status and a code of its own for them.
    if (result.data === undefined) return null;
    return {
      http: { headers: new HeaderMap() },
      body: { kind: 'single', singleResult: formatResult(result, formatError) },
    };
  };
}

async function run(schema: GraphQLSchema, { document, operationName, variables, context }: GrantedOperation) {
  return execute({ schema, document, operationName, variableValues: variables, contextValue: context });
}

/** Undefined when it has to be left to graphql-js; nothing of it has run then. */
function runCompiled(
  compiled: CompilableQuery,
  schema: GraphQLSchema,
  { operation, variables = {}, context }: GrantedOperation,
): Promise<ExecutionResult> | undefined {
  const { coerced } = getVariableValues(schema, operation.variableDefinitions ?? [], variables, { maxErrors: 1 });
  return coerced && compiled(coerced)?.({ context, variables: coerced });
}
