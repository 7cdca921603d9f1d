import type { ApolloServerPlugin } from '@apollo/server';
import { ApolloServerPluginLandingPageDisabled } from '@apollo/server/plugin/disabled';
import { ApolloServerPluginLandingPageLocalDefault } from '@apollo/server/plugin/landingPage/default';

/**
 * Apollo Sandbox for browsers at `/graphql`, with a first document and an Authorization header to fill. Only fixed text
 * goes into its options: the page's escaping is not made for text from requests.
 */
export function sandboxLandingPage(welcomeDocument: string): ApolloServerPlugin {
  return ApolloServerPluginLandingPageLocalDefault({
    document: welcomeDocument,
    headers: { Authorization: 'Bearer <access token>' },
    includeCookies: false,
    embed: {
      runTelemetry: false,
      endpointIsEditable: false,
      // Polling asks for the schema each second; where introspection needs a token that is a stream of 401s.
      initialState: { pollForSchemaUpdates: false },
    },
  });
}

/** No page: browsers are answered like every other client. */
export function noLandingPage(): ApolloServerPlugin {
  return ApolloServerPluginLandingPageDisabled();
}
