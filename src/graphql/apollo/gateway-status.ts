import type { ApolloServerPlugin, BaseContext } from '@apollo/server';
import { isForGateway } from '../refusals/gateway.js';

/**
 * Gives the refusals of a subgraph the status with which they arrive at a gateway's client: those of rules, of bounds and of
 * Apollo Server itself. A response with data keeps its status.
 */
export const gatewayStatusPlugin: ApolloServerPlugin<BaseContext> = {
  async requestDidStart() {
    return {
      async willSendResponse({ schema, request, response: { body, http } }) {
        if (body.kind !== 'single' || body.singleResult.data !== undefined || http.status === undefined) return;
        if (isForGateway(schema, request.http?.headers.get('accept'))) http.status = 200;
      },
    };
  },
};
