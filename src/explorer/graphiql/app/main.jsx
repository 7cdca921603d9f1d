// GraphiQL for this API. Everything it loads comes from this server. The access token is kept in a variable: never in an
// address, and never in a storage.
import { createGraphiQLFetcher } from '@graphiql/toolkit';
import { GraphiQL } from 'graphiql';
import 'graphiql/style.css';
import './main.css';
import { createClient } from 'graphql-ws';
import { createRoot } from 'react-dom/client';
import { createSignIn } from './sign-in.js';
import { SignInControl } from './sign-in-control.jsx';

globalThis.MonacoEnvironment = {
  getWorker: (_id, label) =>
    new Worker(`/explorer/${{ json: 'json', graphql: 'graphql' }[label] ?? 'editor'}.worker.js`),
};

const place = document.getElementById('explorer');
const { welcomeDocument, ...settings } = JSON.parse(place.dataset.settings);
const signIn = createSignIn(settings);
const endpoint = new URL('/graphql', location.href);

/** Sends a request with the token of the moment. A token that is refused is renewed once. */
async function fetchSignedIn(url, options) {
  const send = (accessToken) =>
    fetch(url, {
      ...options,
      headers: { ...options.headers, ...(accessToken && { authorization: `Bearer ${accessToken}` }) },
    });
  const response = await send(await signIn.accessToken());
  if (response.status !== 401 || !signIn.canRenew()) return response;
  return send(await signIn.accessToken({ renew: true }));
}

const ask = createGraphiQLFetcher({
  url: endpoint.href,
  fetch: fetchSignedIn,
  wsClient: createClient({
    url: endpoint.href.replace(/^http/, 'ws'),
    lazyCloseTimeout: 0,
    connectionParams: async () => {
      const accessToken = await signIn.accessToken();
      return accessToken ? { authorization: `Bearer ${accessToken}` } : {};
    },
  }),
});

/** Whether an operation has run. Introspection runs by itself. */
const history = { hasRun: false };
const fetcher = (parameters, options) => {
  if (parameters.operationName !== 'IntrospectionQuery') history.hasRun = true;
  return ask(parameters, options);
};

createRoot(place).render(
  <GraphiQL
    fetcher={fetcher}
    initialQuery={new URLSearchParams(location.search).get('query') ?? undefined}
    defaultQuery={welcomeDocument}
    isHeadersEditorEnabled={false}
    confirmCloseTab={false}
  >
    <GraphiQL.Logo>
      <SignInControl signIn={signIn} history={history} personas={settings.personas} />
    </GraphiQL.Logo>
  </GraphiQL>,
);
