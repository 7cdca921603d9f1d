import { type GraphQLResponse, HeaderMap } from '@apollo/server';
import { type DocumentNode, type ExecutionResult, execute, type GraphQLError, type GraphQLSchema } from 'graphql';
import type { createErrorFormatter } from './error-format.js';

/** Runs an operation without guards. Null: it has to run the ordinary way, and nothing of it has run yet. */
export type BareExecution = (operation: {
  readonly document: DocumentNode;
  readonly operationName: string | null;
  readonly variables: Readonly<Record<string, unknown>> | undefined;
  readonly context: unknown;
}) => Promise<GraphQLResponse | null>;

/**
 * Executes operations of which authorization has found that every field is granted and no policy is asked, on the schema
 * without guards: what is decided once for the operation is not asked again for each of its fields.
 *
 * What the client gets is the same to the byte as from Apollo Server over the guarded schema (a test holds them together).
 */
export function createBareExecution(
  schema: GraphQLSchema,
  formatError: ReturnType<typeof createErrorFormatter>,
): BareExecution {
  return async ({ document, operationName, variables, context }) => {
    const result = await execute({
      schema,
      document,
      operationName,
      variableValues: variables,
      contextValue: context,
    });
    // Variables that do not fit, found before any resolver runs: Apollo Server has a status and a code of its own for them.
    if (result.data === undefined) return null;
    return {
      http: { headers: new HeaderMap() },
      body: { kind: 'single', singleResult: formatted(result, formatError) },
    };
  };
}

function formatted({ errors, ...rest }: ExecutionResult, formatError: ReturnType<typeof createErrorFormatter>) {
  if (!errors) return rest;
  return { errors: errors.map((error) => formatError(withCode(error), error)), ...rest };
}

/** Apollo Server gives an error without a code this one; a field's error never speaks of HTTP. */
function withCode(error: GraphQLError) {
  const { http: _ofRequestsOnly, ...extensions } = error.extensions;
  return { ...error.toJSON(), extensions: { ...extensions, code: extensions.code ?? 'INTERNAL_SERVER_ERROR' } };
}
