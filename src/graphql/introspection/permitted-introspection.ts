import type { ApolloServerPlugin } from '@apollo/server';
import {
  type DocumentNode,
  executeSync,
  type FormattedExecutionResult,
  GraphQLError,
  Kind,
  type OperationDefinitionNode,
} from 'graphql';
import type { Authorization, AuthorizationContext } from '../../authorization/authorization.js';
import { fragmentsOf } from '../../authorization/operations/planner.js';
import type { ErrorFormatter } from '../apollo/error-format.js';
import { formatResult } from '../apollo/format-result.js';
import type { ResourceContext } from '../resource.js';
import { createPermittedErrors, type PermittedErrorOptions } from './permitted-errors.js';

/** An operation that Apollo Server is about to run. */
export interface AskedOperation {
  readonly document: DocumentNode;
  readonly operation: OperationDefinitionNode;
  readonly operationName: string | null | undefined;
  readonly variables: Readonly<Record<string, unknown>> | undefined;
  readonly context: AuthorizationContext;
}

/** Answers an operation that asks for the schema. Undefined: it asks for something else. */
export type AnswerIntrospection = (asked: AskedOperation) => FormattedExecutionResult | undefined;

/** Both halves of `GRAPHQL_INTROSPECTION=permitted`: an answer for the authorization plugin, and a plugin of its own. */
export interface PermittedIntrospection {
  readonly answer: AnswerIntrospection;
  readonly plugin: ApolloServerPlugin<ResourceContext>;
}

/**
 * Shows each caller only what that caller may use. Introspection runs on the schema of the caller, and errors of validation
 * and of variables are worded by it. An operation that the whole schema accepts gets its ordinary answer, denials included.
 */
export function createPermittedIntrospection(
  options: PermittedErrorOptions & {
    readonly permittedSchema: Authorization['permittedSchema'];
    readonly formatError: ErrorFormatter;
  },
): PermittedIntrospection {
  const { permittedSchema, formatError } = options;
  const errorsBy = createPermittedErrors(options);
  return {
    answer({ document, operation, operationName, variables, context }) {
      if (!asksForSchema(document, operation)) return undefined;
      const schema = permittedSchema(context.caller);
      return formatResult(executeSync({ schema, document, operationName, variableValues: variables }), formatError);
    },
    plugin: {
      async requestDidStart({ contextValue }) {
        return {
          async didResolveOperation({ document, operation, request }) {
            if (!operation || !asksForSchema(document, operation)) return;
            if (rootNames(document, operation).some(isOfData)) throw MIXED();
            const [wrong] = errorsBy.ofVariables(permittedSchema(contextValue.caller), operation, request.variables);
            if (wrong) throw wrong;
          },
          async didEncounterErrors(requestContext) {
            errorsBy.replace(requestContext, () => permittedSchema(contextValue.caller));
          },
        };
      },
    },
  };
}

/** Data comes from the schema of the server, in which an object may have a type that the caller's schema lacks. */
const MIXED = () =>
  new GraphQLError('Ask for __schema and __type in an operation without other fields.', {
    extensions: { code: 'BAD_REQUEST', http: { status: 400 } },
  });

const isOfSchema = (name: string) => name === '__schema' || name === '__type';
const isOfData = (name: string) => !name.startsWith('__');

function asksForSchema(document: DocumentNode, operation: OperationDefinitionNode): boolean {
  return rootNames(document, operation).some(isOfSchema);
}

/** Returns the names of the fields of an operation itself, those of its fragments included. */
function rootNames(document: DocumentNode, operation: OperationDefinitionNode): readonly string[] {
  const fragmentOf = fragmentsOf(document);
  const names: string[] = [];
  // A set may grow while it is iterated.
  const sets = new Set([operation.selectionSet]);
  for (const { selections } of sets) {
    for (const selection of selections) {
      if (selection.kind === Kind.FIELD) names.push(selection.name.value);
      const below = selection.kind === Kind.FRAGMENT_SPREAD ? fragmentOf(selection.name.value) : selection;
      if (below?.selectionSet && below.kind !== Kind.FIELD) sets.add(below.selectionSet);
    }
  }
  return names;
}
