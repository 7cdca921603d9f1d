// GraphiQL for this API. Everything it loads comes from this server. The access token is kept in a variable: never in an
// address, and never in a storage.
import { useGraphiQL } from '@graphiql/react';
import { createGraphiQLFetcher } from '@graphiql/toolkit';
import { GraphiQL } from 'graphiql';
import 'graphiql/style.css';
import './main.css';
import { createClient } from 'graphql-ws';
import { useEffect } from 'react';
import { createRoot } from 'react-dom/client';
import { showPartialErrors } from './partial-errors.js';
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

/** Sends a request with the token of the moment. A token that is refused is renewed once, and a challenge is met. */
async function fetchSignedIn(url, options) {
  const send = (accessToken) =>
    fetch(url, {
      ...options,
      headers: { ...options.headers, ...(accessToken && { authorization: `Bearer ${accessToken}` }) },
    });
  const accessToken = await signIn.accessToken();
  const response = await send(accessToken);
  if (response.status !== 401 || accessToken === undefined) return response;
  if (await signIn.stepUp(response.headers.get('www-authenticate') ?? '')) return send(await signIn.accessToken());
  return signIn.canRenew() ? send(await signIn.accessToken({ renew: true })) : response;
}

const ask = createGraphiQLFetcher({
  url: endpoint.href,
  // The server sends each answer as a whole.
  enableIncrementalDelivery: false,
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

/** Prepared by a link to this page. It stands behind the `#`, which browsers send to no server. */
const preparedQuery = new URLSearchParams(location.hash.slice(1)).get('query') ?? undefined;

/** Puts the data before the errors: each value that is null has its error beside it. */
function dataFirst(answer) {
  return Object(answer).data ? { data: answer.data, ...answer } : answer;
}

/** Whether an operation has run. Introspection runs by itself. */
const history = { hasRun: false };
const fetcher = (parameters, options) => {
  if (parameters.operationName !== 'IntrospectionQuery') history.hasRun = true;
  const answer = ask(parameters, options);
  return answer instanceof Promise ? answer.then(dataFirst) : answer;
};

/** Watches the editor of the answer as long as there is one. */
function PartialErrors() {
  const editor = useGraphiQL((state) => state.responseEditor);
  useEffect(() => {
    const watching = editor && showPartialErrors(editor);
    return () => watching?.dispose();
  }, [editor]);
  return null;
}

createRoot(place).render(
  <GraphiQL
    fetcher={fetcher}
    initialQuery={preparedQuery}
    defaultQuery={welcomeDocument}
    isHeadersEditorEnabled={false}
    confirmCloseTab={false}
  >
    <GraphiQL.Logo>
      <SignInControl signIn={signIn} history={history} personas={settings.personas} />
      <PartialErrors />
    </GraphiQL.Logo>
  </GraphiQL>,
);
