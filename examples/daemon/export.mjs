// A job without a user: signs in with client credentials and reads every expense report, page by page.
//
//   npm run dev                                                                     # in another terminal
//   NODE_EXTRA_CA_CERTS=.entra-graphql/emulator/certificate.pem node examples/daemon/export.mjs
//
// Against a real tenant, set AUTHORITY (https://login.microsoftonline.com/<tenant id>), CLIENT_ID, CLIENT_SECRET, API_SCOPE
// (api://<client id of the API>/.default) and API_URL. The secret of the emulator's client is not one.
import { ConfidentialClientApplication } from '@azure/msal-node';

const {
  AUTHORITY = 'https://127.0.0.1:4001/c0170500-0000-4000-8000-000000000001',
  CLIENT_ID = 'a9100000-0000-4000-8000-000000000003',
  CLIENT_SECRET = 'not-a-secret',
  API_SCOPE = 'api://a9100000-0000-4000-8000-000000000001/.default',
  API_URL = 'http://127.0.0.1:4000/graphql',
} = process.env;

const client = new ConfidentialClientApplication({
  auth: {
    clientId: CLIENT_ID,
    clientSecret: CLIENT_SECRET,
    authority: AUTHORITY,
    knownAuthorities: [new URL(AUTHORITY).host],
  },
});

const PAGE = `query Page($after: String) {
  expenseReports(first: 100, after: $after) {
    pageInfo { hasNextPage endCursor }
    nodes { id title status }
  }
}`;

let count = 0;
let after = null;
do {
  const { pageInfo, nodes } = (await ask(PAGE, { after })).expenseReports;
  for (const report of nodes) console.log(JSON.stringify(report));
  count += nodes.length;
  after = pageInfo.hasNextPage ? pageInfo.endCursor : undefined;
} while (after !== undefined);
console.error(`${count} reports`);

/** Asks the API. MSAL keeps the token and gets a new one before it expires, so it is asked for before each call. */
async function ask(query, variables) {
  const { accessToken } = await client.acquireTokenByClientCredential({ scopes: [API_SCOPE] });
  const response = await fetch(API_URL, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${accessToken}` },
    body: JSON.stringify({ query, variables }),
    signal: AbortSignal.timeout(30_000),
  });
  const { data, errors } = await response.json();
  // A job wants all or nothing: a field that is null for want of a permission is a fault of its registration.
  if (errors) throw new Error(errors.map(({ message }) => message).join('\n'));
  return data;
}
