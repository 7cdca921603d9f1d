/** The public surface of `entra-graphql/apollo`: both halves put into an Apollo Server that is there already. */
export { directiveTypeDefs, type Protection, protectApolloServer } from './apollo/protect-apollo-server.js';
export { withSchemaAdvice } from './schema/schema-advice.js';
export { SchemaError } from './schema/schema-error.js';
