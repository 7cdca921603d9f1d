// Apollo Client for the API: queries and mutations by HTTP, subscriptions by WebSocket, each with the token of the moment.
import { ApolloClient, ApolloLink, HttpLink, InMemoryCache } from '@apollo/client';
import { SetContextLink } from '@apollo/client/link/context';
import { GraphQLWsLink } from '@apollo/client/link/subscriptions';
import { OperationTypeNode } from 'graphql';
import { createClient } from 'graphql-ws';
import { API_URL } from './settings';
import { accessToken } from './sign-in';

const http = new SetContextLink(async ({ headers }) => ({
  headers: { ...headers, authorization: `Bearer ${await accessToken()}` },
})).concat(new HttpLink({ uri: API_URL }));

/** The close code of a connection whose token has expired. graphql-ws connects again by itself. */
const TOKEN_EXPIRED = 4440;
let forceRefresh = false;

const socket = createClient({
  url: API_URL.replace(/^http/, 'ws'),
  retryAttempts: Number.POSITIVE_INFINITY,
  // Called for each connection.
  connectionParams: async () => ({ authorization: `Bearer ${await accessToken({ forceRefresh })}` }),
  on: {
    // MSAL goes by the clock of this machine, which may be slow. The API has said that the token is old.
    closed: (event) => {
      forceRefresh = (event as CloseEvent).code === TOKEN_EXPIRED;
    },
    // Changes were missed in the meantime.
    connected: (_socket, _payload, wasRetry) => {
      forceRefresh = false;
      if (wasRetry) void client.refetchQueries({ include: 'active' });
    },
  },
});

export const client = new ApolloClient({
  link: ApolloLink.split(
    ({ operationType }) => operationType === OperationTypeNode.SUBSCRIPTION,
    new GraphQLWsLink(socket),
    http,
  ),
  cache: new InMemoryCache(),
});
