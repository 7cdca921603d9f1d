import type { ApolloServerPlugin, BaseContext } from '@apollo/server';
import {
  coerceInputValue,
  type GraphQLFormattedError,
  type GraphQLSchema,
  isInputType,
  isNonNullType,
  type OperationDefinitionNode,
  typeFromAST,
} from 'graphql';
import type { LimitName, Limits } from '../../config/limits.js';

type ErrorLimits = Pick<Limits, 'refusalErrors' | 'countedErrors' | 'errorMessageLength' | 'errorLocations'>;

/** How graphql-js begins the last of too many errors, in place of the rest. */
const ABORTED = ['Too many validation errors,', 'Too many errors processing variables,'] as const;

/** Whether graphql-js stopped at this error, so that there may be any number of others. */
export function isAborted({ message }: Pick<GraphQLFormattedError, 'message'>): boolean {
  return ABORTED.some((words) => message.startsWith(words));
}

/**
 * Bounds the errors that refuse an operation. A client decides how many mistakes it makes, and each costs an error with a
 * position in the document. An answer with data is left alone: its errors are those of fields.
 */
export function boundedErrorsPlugin(schema: GraphQLSchema, limits: ErrorLimits): ApolloServerPlugin<BaseContext> {
  return {
    requestDidStart: async () => ({
      willSendResponse: async ({ operation, request, response: { body } }) => {
        if (body.kind !== 'single' || body.singleResult.data !== undefined) return;
        const { errors } = body.singleResult;
        if (!errors) return;
        body.singleResult.errors = errors.map((error) => withFewLocations(error, limits.errorLocations));
        if (errors.length <= limits.refusalErrors) return;
        const isOfVariables = operation && errors.some(isAborted);
        const count = isOfVariables
          ? countVariableErrors({ schema, operation, variables: request.variables, most: limits.countedErrors })
          : errors.length;
        body.singleResult.errors = boundErrors(body.singleResult.errors, count, limits);
      },
    }),
  };
}

/**
 * The first errors, of which the last says how many more there are.
 *
 * @param count of all errors, where it is known
 */
function boundErrors(
  errors: readonly GraphQLFormattedError[],
  count: number,
  { refusalErrors: most, countedErrors, errorMessageLength }: ErrorLimits,
): readonly GraphQLFormattedError[] {
  const first = errors.filter((error) => !isAborted(error)).slice(0, most);
  const last = first.pop();
  if (!last) return errors;
  const more = Math.min(count, countedErrors) - most;
  const words = `${count > countedErrors ? 'at least ' : ''}${more} more ${more === 1 ? 'error' : 'errors'}`;
  const bounds = `at most ${most} are shown and ${countedErrors} counted`;
  const message = `${shorten(last.message, errorMessageLength - ROOM_FOR_COUNT)} (and ${words}: ${bounds})`;
  const limit = { name: 'refusalErrors', maximum: most } satisfies { name: LimitName; maximum: number };
  return [...first, { ...last, message, extensions: { ...last.extensions, moreErrors: more, limit } }];
}

/** For the words about the errors that are left out. */
const ROOM_FOR_COUNT = 80;

/** Leaves out the places in the document beyond the first few. */
export function withFewLocations(error: GraphQLFormattedError, most: number): GraphQLFormattedError {
  const { locations } = error;
  return locations && locations.length > most ? { ...error, locations: locations.slice(0, most) } : error;
}

/** Cuts a message, which may hold text of the client such as a name or a value. */
export function shorten(message: string, length: number): string {
  if (message.length <= length) return message;
  const cut = message.slice(0, length - 1);
  // Not half of a character that takes two units.
  const isHalf = (cut.codePointAt(length - 2) ?? 0) >= 0xd800 && (message.codePointAt(length - 2) ?? 0) > 0xffff;
  return `${isHalf ? cut.slice(0, -1) : cut}…`;
}

/** Counts what is wrong with the variables up to one more than `most`, without the texts of the errors. */
function countVariableErrors(asked: {
  readonly schema: GraphQLSchema;
  readonly operation: OperationDefinitionNode;
  readonly variables: Readonly<Record<string, unknown>> | undefined;
  readonly most: number;
}): number {
  const { schema, operation, variables = {}, most } = asked;
  let count = 0;
  const note = () => {
    count += 1;
    if (count > most) throw new RangeError('There are more errors than are counted.');
  };
  try {
    for (const { variable, type: node, defaultValue } of operation.variableDefinitions ?? []) {
      const type = typeFromAST(schema, node);
      const name = variable.name.value;
      if (!isInputType(type)) continue;
      if (Object.hasOwn(variables, name)) coerceInputValue(variables[name], type, note, true);
      else if (!defaultValue && isNonNullType(type)) note();
    }
  } catch {
    // A scalar's own error is passed to `note`, so only `note` throws.
  }
  return count;
}
