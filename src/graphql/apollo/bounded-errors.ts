import type { ApolloServerPlugin, BaseContext } from '@apollo/server';
import type { GraphQLFormattedError } from 'graphql';
import type { LimitName, Limits } from '../../config/limits.js';

type ErrorLimits = Pick<Limits, 'refusalErrors' | 'errorMessageLength' | 'errorLocations'>;

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
export function boundedErrorsPlugin(limits: ErrorLimits): ApolloServerPlugin<BaseContext> {
  return {
    requestDidStart: async () => ({
      willSendResponse: async ({ response: { body } }) => {
        if (body.kind !== 'single' || body.singleResult.data !== undefined) return;
        const { errors } = body.singleResult;
        if (!errors) return;
        const short = errors.map((error) => withFewLocations(error, limits.errorLocations));
        body.singleResult.errors = short.length <= limits.refusalErrors ? short : boundErrors(short, limits);
      },
    }),
  };
}

/** Returns the first errors. The last one says that there are more, because validation stops before it knows how many. */
function boundErrors(
  errors: readonly GraphQLFormattedError[],
  { refusalErrors: most, errorMessageLength }: ErrorLimits,
): readonly GraphQLFormattedError[] {
  const first = errors.filter((error) => !isAborted(error)).slice(0, most);
  const last = first.pop();
  if (!last) return errors;
  const more = errors.length - most;
  const words = `(and at least ${more} more: at most ${most} are shown)`;
  const message = `${shorten(last.message, errorMessageLength - ROOM_FOR_COUNT)} ${words}`;
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
  // Keeps no half of a character that takes two units.
  const isHalf = (cut.codePointAt(length - 2) ?? 0) >= 0xd800 && (message.codePointAt(length - 2) ?? 0) > 0xffff;
  return `${isHalf ? cut.slice(0, -1) : cut}…`;
}
