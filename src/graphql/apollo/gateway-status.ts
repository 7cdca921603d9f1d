import type { ApolloServerPlugin, BaseContext } from '@apollo/server';
import { isForGateway } from '../refusals/gateway.js';

/**
 * Sets the status of refusals of a subgraph (by rules, by bounds and by Apollo Server itself) so that a gateway passes them
 * on to its client. A response with data keeps its status.
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
