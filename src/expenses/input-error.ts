import { GraphQLError } from 'graphql';

/** The client asked for something that cannot be: `message` says what would be right. Code `BAD_USER_INPUT`. */
export function inputError(message: string): GraphQLError {
  return new GraphQLError(message, { extensions: { code: 'BAD_USER_INPUT' } });
}
