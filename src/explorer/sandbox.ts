import type { ApolloServerPlugin } from '@apollo/server';
import { ApolloServerPluginLandingPageDisabled } from '@apollo/server/plugin/disabled';
import { ApolloServerPluginLandingPageLocalDefault } from '@apollo/server/plugin/landingPage/default';
import { EXPLORER_PATH } from './graphiql/register-explorer.js';

/**
 * Apollo Sandbox for browsers at `/graphql`, with a first document and an Authorization header to fill. Only fixed text
 * goes into its options: the page's escaping is not made for text from requests.
 *
 * Sandbox comes from the internet. Without it the page offers the explorer of this server.
 */
export function sandboxLandingPage(welcomeDocument: string): ApolloServerPlugin {
  const sandbox = ApolloServerPluginLandingPageLocalDefault({
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
  return {
    async serverWillStart(server) {
      const listener = await sandbox.serverWillStart?.(server);
      const { html = '' } = (await listener?.renderLandingPage?.()) ?? {};
      const page = async () => withExplorer(typeof html === 'string' ? html : await html());
      return { ...listener, renderLandingPage: async () => ({ html: page }) };
    },
  };
}

/** What Apollo's page shows until Sandbox covers it. */
const OFFLINE = { begin: '<div class="fallback">', end: '</div>' };
/** Sandbox's place lies above the text, and takes its clicks, until Sandbox is in it. */
const STYLES = `#embeddableSandbox:empty { display: none; }
:root { color-scheme: light dark; }
body { font-family: system-ui, sans-serif; line-height: 1.5; }
.fallback { max-width: 34rem; margin: 12vh auto 0; }
.fallback a { color: inherit; }`;
const OFFERED = (nonce: string) => `<style nonce="${nonce}">${STYLES}</style>
<main class="fallback">
  <h1>GraphQL</h1>
  <p>Apollo Sandbox comes from the internet and has not arrived. The <a href="${EXPLORER_PATH}">explorer</a> of this server works without it.</p>
  <p>Programs send their queries to this address with POST.</p>
</main>`;
/** Browsers show nothing of a page while they wait for its styles. */
const LINKS = /<link[^<>]*>/g;
const OUTSIDE_STYLES = 'href="https://fonts.';

/** Puts the way to the explorer into the text that Apollo's page shows until Sandbox has loaded. */
function withExplorer(page: string): string {
  const [, nonce = ''] = /'nonce-([0-9a-f]+)'/.exec(page) ?? [];
  const begin = page.indexOf(OFFLINE.begin);
  const end = page.indexOf(OFFLINE.end, begin);
  const isThere = begin >= 0 && end >= 0;
  const offering = isThere ? page.slice(0, begin) + OFFERED(nonce) + page.slice(end + OFFLINE.end.length) : page;
  return offering.replace(LINKS, (link) => (link.includes(OUTSIDE_STYLES) ? '' : link));
}

/** No page: browsers are answered like every other client. */
export function noLandingPage(): ApolloServerPlugin {
  return ApolloServerPluginLandingPageDisabled();
}
