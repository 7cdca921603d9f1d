import { createServer } from 'node:http';
import { AccessTokenError, bearerChallenge, createAuthentication } from 'entra-graphql/authentication';

const { ENTRA_TENANT_ID: tenantId, ENTRA_CLIENT_ID: clientId, ENTRA_INSTANCE: instance, PORT } = process.env;
const authentication = createAuthentication({ tenantId, clientId, instance });

createServer(async (request, response) => {
  try {
    const token = await authentication.authenticate(request);
    response.end(`Hello ${token?.caller.objectId ?? 'stranger'}\n`);
  } catch (error) {
    if (!(error instanceof AccessTokenError)) return response.writeHead(503, { 'retry-after': '30' }).end();
    const challenge = bearerChallenge({ error: error.challengeError, errorDescription: error.wireMessage });
    response.writeHead(error.status, { 'www-authenticate': challenge }).end(`${error.wireMessage}\n`);
  }
}).listen(PORT, '127.0.0.1');
