import { createServer } from 'node:http';
import { createAuthentication, createProxiedFetch } from 'entra-graphql/authentication';

const { ENTRA_TENANT_ID: tenantId, ENTRA_CLIENT_ID: clientId, HTTPS_PROXY, NO_PROXY, PORT } = process.env;
const fetch = createProxiedFetch({ httpsProxy: HTTPS_PROXY, noProxy: NO_PROXY });
const authentication = createAuthentication({ tenantId, clientId, fetch, logger: console });

createServer(async (request, response) => {
  try {
    const token = await authentication.authenticate(request);
    response.end(`Hello ${token?.caller.objectId ?? 'stranger'}\n`);
  } catch (error) {
    response.writeHead(error.status ?? 503).end(); // node-http.mjs has the challenge that belongs here
  }
}).listen(PORT, '127.0.0.1');
