// Moves a graphql-shield tree that was written by hand to directives. Each step decides the same and can be released.
import { createRequire } from 'node:module';
import { makeExecutableSchema } from '@graphql-tools/schema';
import { directiveTypeDefs } from 'entra-graphql/apollo';
import {
  createAuthorization,
  hasRoles,
  hasScopes,
  isApplicationWith,
  shieldOptions,
} from 'entra-graphql/authorization';

// The ES build of graphql-shield does not load on Node 23 and newer. The CommonJS build does, without `chain` and `race`.
const require = createRequire(import.meta.url);
const { allow, and, or, rule, shield } = require('graphql-shield');
const { applyMiddleware } = require('graphql-middleware');

const typeDefs = `
  type Query { books: [Book] }
  type Book { title: String price: Int }
`;
const resolvers = { Query: { books: () => [{ title: 'City of Glass', price: 900 }] } };

/** Before: rules in code. */
function byHand() {
  const reads = rule('reads', { cache: 'no_cache' })((_parent, _args, { caller }) => caller?.scopes?.has('Books.Read'));
  const buys = rule('buys', { cache: 'no_cache' })((_parent, _args, { caller }) => caller?.roles?.has('Books.Buyer'));
  const isJob = rule('job', { cache: 'no_cache' })((_parent, _args, { caller }) =>
    caller?.permissions?.has('Books.Read.All'),
  );
  const tree = { Query: { books: or(reads, isJob) }, Book: { title: or(reads, isJob), price: and(reads, buys) } };
  return applyMiddleware(makeExecutableSchema({ typeDefs, resolvers }), shield(tree, shieldOptions));
}

/** Step 1: the same tree with the rules of entra-graphql. A denial has a code and says what is missing. */
function withKit() {
  const reads = or(hasScopes([['Books.Read']]), isApplicationWith([['Books.Read.All']]));
  const price = and(hasScopes([['Books.Read']]), hasRoles([['Books.Buyer']]));
  const tree = { Query: { books: reads }, Book: { title: reads, price } };
  return applyMiddleware(makeExecutableSchema({ typeDefs, resolvers }), shield(tree, shieldOptions));
}

/**
 * Step 2: field by field, a rule moves into the schema and leaves the tree. Both are asked. Fields that are in neither need
 * a verified caller, so the tree may allow what it does not have.
 */
function withBoth() {
  const definitions = [
    directiveTypeDefs,
    `
      type Query @authenticated { books: [Book] }
      type Book { title: String price: Int @requiresScopes(scopes: [["Books.Read"]]) @requiresRoles(roles: [["Books.Buyer"]]) }
    `,
  ];
  const reads = or(hasScopes([['Books.Read']]), isApplicationWith([['Books.Read.All']]));
  const tree = { Query: { books: reads }, Book: { title: reads } };
  const schema = makeExecutableSchema({ typeDefs: definitions, resolvers });
  const ruled = applyMiddleware(schema, shield(tree, { ...shieldOptions, fallbackRule: allow }));
  return createAuthorization({ schema: ruled, typeDefs: definitions }).schema;
}

/** Step 3: the tree is empty and goes. `entra-graphql permissions --format shield` prints the one that the schema makes. */
function withDirectives() {
  const definitions = [
    directiveTypeDefs,
    `
      type Query {
        books: [Book] @requiresScopes(scopes: [["Books.Read"]]) @allowsApps(permissions: [["Books.Read.All"]])
      }
      type Book {
        title: String @requiresScopes(scopes: [["Books.Read"]]) @allowsApps(permissions: [["Books.Read.All"]])
        price: Int @requiresScopes(scopes: [["Books.Read"]]) @requiresRoles(roles: [["Books.Buyer"]])
      }
    `,
  ];
  return createAuthorization({ schema: makeExecutableSchema({ typeDefs: definitions, resolvers }) }).schema;
}

export const steps = { byHand, withKit, withBoth, withDirectives };
