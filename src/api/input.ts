import { GraphQLError } from 'graphql';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** Returns whether a text is a UUID. PostgreSQL fails for an id that is none. */
export function isUuid(text: string): boolean {
  return UUID.test(text);
}

/** Creates the error for an argument that cannot be: `message` says what would be right. Its code is `BAD_USER_INPUT`. */
export function inputError(message: string): GraphQLError {
  return new GraphQLError(message, { extensions: { code: 'BAD_USER_INPUT' } });
}
