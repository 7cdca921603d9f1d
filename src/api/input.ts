import { GraphQLError } from 'graphql';
import { parseGuid } from '../authentication/guid.js';
import { withoutStack } from '../authentication/refusals/without-stack.js';

/** Returns whether a text is a UUID. PostgreSQL fails for other ids. */
export function isUuid(text: string): boolean {
  return parseGuid(text) !== undefined;
}

/** Creates the error for a wrong argument, with code `BAD_USER_INPUT`. The message says which values are right. */
export function inputError(message: string): GraphQLError {
  return withoutStack(() => new GraphQLError(message, { extensions: { code: 'BAD_USER_INPUT' } }));
}
