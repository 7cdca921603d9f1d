import type { ApolloServerPlugin } from '@apollo/server';
import { ApolloServerPluginLandingPageDisabled } from '@apollo/server/plugin/disabled';
import { type SandboxOptions, sandboxPage } from './sandbox-page.js';

/** Shows Apollo Sandbox to browsers at `/graphql`. */
export function sandboxLandingPage(options: SandboxOptions): ApolloServerPlugin {
  const { markup } = sandboxPage(options);
  return { serverWillStart: async () => ({ renderLandingPage: async () => ({ html: markup }) }) };
}

/** No page: browsers are answered like every other client. */
export function noLandingPage(): ApolloServerPlugin {
  return ApolloServerPluginLandingPageDisabled();
}
