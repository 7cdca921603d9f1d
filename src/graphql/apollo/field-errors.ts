import type { ApolloServerPlugin, BaseContext } from '@apollo/server';

/**
 * Apollo Server takes `extensions.http` of any error for the status of the response, even when data is in it. The error of a
 * field must not do that: a response with data is 200 (GraphQL over HTTP), whatever a resolver threw.
 */
export const fieldErrorPlugin: ApolloServerPlugin<BaseContext> = {
  async requestDidStart() {
    return {
      async didEncounterErrors({ errors }) {
        for (const error of errors) {
          if (!error.path || !error.extensions?.http) continue;
          const { http: _ofRequestsOnly, ...extensions } = error.extensions;
          // In its place, because what a resolver threw may be frozen, or in use elsewhere.
          Object.assign(error, { extensions });
        }
      },
    };
  },
};
