// Signs in with Microsoft's libraries for Node, each way that they know, and prints what came of it as JSON. A process of its
// own, because Node reads NODE_EXTRA_CA_CERTS when it starts.
import { createHash, randomBytes } from 'node:crypto';
import { text } from 'node:stream/consumers';
import {
  ClientCertificateCredential,
  ClientSecretCredential,
  DeviceCodeCredential,
  OnBehalfOfCredential,
} from '@azure/identity';
import { ConfidentialClientApplication, PublicClientApplication } from '@azure/msal-node';

const { instance, tenant, user, job, api, scope, downstreamScope, otherScope, redirectUri } = JSON.parse(
  await text(process.stdin),
);
const authority = `${instance}/${tenant}`;
const knownAuthorities = [new URL(instance).host];
const confidential = (auth) => new ConfidentialClientApplication({ auth: { authority, knownAuthorities, ...auth } });
const publicClient = () =>
  new PublicClientApplication({ auth: { authority, knownAuthorities, clientId: user.clientId } });
const options = { authorityHost: instance, disableInstanceDiscovery: true };
const tokenOf = async (credential, scopes) => (await credential.getToken(scopes)).token;
const post = (address, form) => fetch(address, { method: 'POST', body: new URLSearchParams(form), redirect: 'manual' });
const requestIn = async (page) => /name="request" value="([^"]+)"/.exec(await page.text())[1];

/** Signs in on the page as a person does. */
async function signIn(address) {
  const page = await fetch(address);
  const answer = await post(`${instance}/signin`, { request: await requestIn(page), persona: 'writer' });
  return new URL(answer.headers.get('location')).searchParams.get('code');
}

async function enterCode(verificationUri, userCode) {
  const page = await post(verificationUri, { user_code: userCode });
  await post(`${verificationUri}/signin`, { request: await requestIn(page), persona: 'reader' });
}

async function userToken() {
  const codeVerifier = randomBytes(32).toString('base64url');
  const codeChallenge = createHash('sha256').update(codeVerifier).digest('base64url');
  const client = publicClient();
  const request = { scopes: [scope], redirectUri };
  const address = await client.getAuthCodeUrl({ ...request, codeChallenge, codeChallengeMethod: 'S256' });
  const { accessToken } = await client.acquireTokenByCode({ ...request, code: await signIn(address), codeVerifier });
  return accessToken;
}

const assertion = await userToken();
const onBehalfOf = (oboAssertion, scopes, client = api) =>
  confidential({ clientId: client.clientId, clientSecret: client.secret }).acquireTokenOnBehalfOf({
    oboAssertion,
    scopes,
  });
const [head, body, signature] = assertion.split('.');
const forged = [head, body, Buffer.from(signature, 'base64url').fill(0).toString('base64url')].join('.');

const attempts = {
  'msal-node: authorization code with PKCE': async () => assertion,
  'msal-node: client secret': () =>
    confidential({ clientId: job.clientId, clientSecret: job.secret }).acquireTokenByClientCredential({
      scopes: [job.scope],
    }),
  'msal-node: certificate': () =>
    confidential({
      clientId: job.clientId,
      clientCertificate: { thumbprintSha256: job.thumbprint, privateKey: job.privateKey },
    }).acquireTokenByClientCredential({ scopes: [job.scope] }),
  'msal-node: certificate that is not registered': () =>
    confidential({
      clientId: job.clientId,
      clientCertificate: { thumbprintSha256: job.thumbprint, privateKey: job.otherPrivateKey },
    }).acquireTokenByClientCredential({ scopes: [job.scope] }),
  'msal-node: device code': () =>
    publicClient().acquireTokenByDeviceCode({
      scopes: [scope],
      deviceCodeCallback: ({ verificationUri, userCode }) => enterCode(verificationUri, userCode),
    }),
  'msal-node: on behalf of': () => onBehalfOf(assertion, [downstreamScope]),
  'msal-node: on behalf of, without consent': () => onBehalfOf(assertion, [otherScope]),
  'msal-node: on behalf of, forged': () => onBehalfOf(forged, [downstreamScope]),
  'msal-node: on behalf of, by a client that the token is not for': () => onBehalfOf(assertion, [downstreamScope], job),
  'identity: client secret': () =>
    tokenOf(new ClientSecretCredential(tenant, job.clientId, job.secret, options), job.scope),
  'identity: certificate': () =>
    tokenOf(
      new ClientCertificateCredential(
        tenant,
        job.clientId,
        { certificate: `${job.certificate}\n${job.privateKey}` },
        options,
      ),
      job.scope,
    ),
  'identity: device code': () =>
    tokenOf(
      new DeviceCodeCredential({
        ...options,
        tenantId: tenant,
        clientId: user.clientId,
        userPromptCallback: ({ verificationUri, userCode }) => void enterCode(verificationUri, userCode),
      }),
      scope,
    ),
  'identity: on behalf of': () =>
    tokenOf(
      new OnBehalfOfCredential({
        ...options,
        tenantId: tenant,
        clientId: api.clientId,
        clientSecret: api.secret,
        userAssertionToken: assertion,
      }),
      downstreamScope,
    ),
};

const outcomes = await Promise.all(
  Object.entries(attempts).map(async ([name, attempt]) => {
    try {
      const result = await attempt();
      return [name, { accessToken: result.accessToken ?? result }];
    } catch ({ errorCode, subError, message }) {
      return [name, { error: { errorCode, subError, message } }];
    }
  }),
);
process.stdout.write(JSON.stringify(Object.fromEntries(outcomes)));
