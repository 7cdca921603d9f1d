import { GraphQLError } from 'graphql';
import { withoutStack } from '../authentication/refusals/without-stack.js';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** Returns whether a text is a UUID. PostgreSQL fails for other ids. */
export function isUuid(text: string): boolean {
  return UUID.test(text);
}

/** Creates the error for a wrong argument, with code `BAD_USER_INPUT`. The message says which values are right. */
export function inputError(message: string): GraphQLError {
  return withoutStack(() => new GraphQLError(message, { extensions: { code: 'BAD_USER_INPUT' } }));
}
