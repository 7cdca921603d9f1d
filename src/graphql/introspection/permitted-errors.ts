import type { GraphQLRequestContextDidEncounterErrors } from '@apollo/server';
import { ApolloServerErrorCode } from '@apollo/server/errors';
import {
  type DocumentNode,
  GraphQLError,
  type GraphQLSchema,
  getVariableValues,
  Kind,
  type OperationDefinitionNode,
} from 'graphql';
import type { Limits } from '../../config/limits.js';
import type { DocumentLimits } from '../apollo/document-limits.js';
import type { ResourceContext } from '../resource.js';

export interface PermittedErrorOptions {
  readonly documentLimits: Pick<DocumentLimits, 'validate'>;
  readonly limits: Pick<Limits, 'refusalErrors'>;
}

type Failed = Pick<GraphQLRequestContextDidEncounterErrors<ResourceContext>, 'errors' | 'operation' | 'request'> & {
  readonly document?: GraphQLRequestContextDidEncounterErrors<ResourceContext>['document'];
};

export interface PermittedErrors {
  /** Replaces the errors of validation and of variables among those that were found with the whole schema. */
  replace(failed: Failed, schemaOf: () => GraphQLSchema): void;
  /** Returns the errors of the variables of an operation. */
  ofVariables(
    schema: GraphQLSchema,
    operation: OperationDefinitionNode,
    variables: Readonly<Record<string, unknown>> | undefined,
  ): readonly GraphQLError[];
}

const { GRAPHQL_VALIDATION_FAILED, BAD_USER_INPUT } = ApolloServerErrorCode;

/**
 * Creates functions that write errors by the schema that the caller may see. graphql-js names other types and fields and
 * suggests similar ones, from which a caller could learn the rest of the schema.
 */
export function createPermittedErrors({ documentLimits, limits }: PermittedErrorOptions): PermittedErrors {
  const ofVariables: PermittedErrors['ofVariables'] = (schema, operation, variables = {}) => {
    const options = { maxErrors: limits.refusalErrors };
    const { errors = [] } = getVariableValues(schema, operation.variableDefinitions ?? [], variables, options);
    return errors.map(
      ({ message, nodes }) =>
        new GraphQLError(message, {
          nodes: nodes ?? null,
          extensions: { code: BAD_USER_INPUT, http: { status: 400 } },
        }),
    );
  };
  return {
    ofVariables,
    replace({ errors, document, operation, request }, schemaOf) {
      if (document && isOfValidation(errors)) {
        const { extensions } = errors[0] ?? new GraphQLError('');
        const schema = schemaOf();
        const found = [...documentLimits.validate(schema, document), ...missingRoots(schema, document)];
        const worded = found.map(
          (error) =>
            new GraphQLError(error.message, {
              nodes: error.nodes ?? null,
              extensions: { ...extensions, ...error.extensions },
            }),
        );
        replaceAll(errors, worded, extensions);
      } else if (operation && isOfVariables(errors)) {
        const { extensions } = errors[0] ?? new GraphQLError('');
        replaceAll(errors, ofVariables(schemaOf(), operation, request.variables), extensions);
      }
    },
  };
}

/** Returns what graphql-js would find when it runs an operation of a kind that the schema lacks. */
function missingRoots(schema: GraphQLSchema, { definitions }: DocumentNode): readonly GraphQLError[] {
  return definitions
    .filter((node) => node.kind === Kind.OPERATION_DEFINITION)
    .filter(({ operation }) => !schema.getRootType(operation))
    .map(
      (node) => new GraphQLError(`Schema is not configured to execute ${node.operation} operation.`, { nodes: node }),
    );
}

/** Returns whether all are errors of validation. Errors of bounds do not count, because they name nothing of the schema. */
function isOfValidation(errors: readonly GraphQLError[]): boolean {
  return (
    errors.length > 0 &&
    errors.every(({ extensions }) => extensions?.code === GRAPHQL_VALIDATION_FAILED && !extensions.limit)
  );
}

/** Returns whether all are errors of variables. Those that resolvers made have a path. */
function isOfVariables(errors: readonly GraphQLError[]): boolean {
  return (
    errors.length > 0 &&
    errors.every(({ path, extensions }) => path === undefined && extensions?.code === BAD_USER_INPUT)
  );
}

/**
 * Changes the list itself, because Apollo Server goes on with it. Errors that only the whole schema has are not described.
 */
function replaceAll(
  errors: readonly GraphQLError[],
  worded: readonly GraphQLError[],
  extensions: GraphQLError['extensions'],
): void {
  const kept =
    worded.length > 0 ? worded : [new GraphQLError('The operation does not fit the schema.', { extensions })];
  Array.prototype.splice.call(errors, 0, errors.length, ...kept);
}
