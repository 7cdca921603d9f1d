import { AccessTokenError, bearerChallenge, createAuthentication } from 'entra-graphql/authentication';
import express from 'express';

const { ENTRA_TENANT_ID: tenantId, ENTRA_CLIENT_ID: clientId, ENTRA_INSTANCE: instance, PORT } = process.env;
const authentication = createAuthentication({ tenantId, clientId, instance });

express()
  .get('/', async (request, response) => {
    response.send(`Hello ${(await authentication.authenticate(request))?.caller.objectId ?? 'stranger'}\n`);
  })
  .use((error, _request, response, _next) => {
    if (!(error instanceof AccessTokenError)) return response.set('retry-after', '30').sendStatus(503);
    const challenge = bearerChallenge({ error: error.challengeError, errorDescription: error.wireMessage });
    response.status(error.status).set('www-authenticate', challenge).send(`${error.wireMessage}\n`);
  })
  .listen(PORT, '127.0.0.1');
