// An Apollo Server as its documentation has it: everybody gets everything.
import { ApolloServer } from '@apollo/server';
import { startStandaloneServer } from '@apollo/server/standalone';

const typeDefs = `
  type Book {
    title: String
    author: String
    price: Int
  }

  type Query {
    books: [Book]
  }
`;

const books = [
  { title: 'The Awakening', author: 'Kate Chopin', price: 1200 },
  { title: 'City of Glass', author: 'Paul Auster', price: 900 },
];

const resolvers = { Query: { books: () => books } };

const server = new ApolloServer({ typeDefs, resolvers });
const { url } = await startStandaloneServer(server, {
  listen: { host: '127.0.0.1', port: Number(process.env.PORT) },
});
console.log(`Server ready at ${url}`);
