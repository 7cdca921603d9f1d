// A single-page application that signs in with msal-browser and calls the API. The tests call `window.application`.
import { InteractionRequiredAuthError, PublicClientApplication } from '@azure/msal-browser';

const { authority, clientId, scopes, api } = await (await fetch('/settings.json')).json();

const client = new PublicClientApplication({
  auth: {
    clientId,
    authority,
    knownAuthorities: [new URL(authority).host],
    redirectUri: `${location.origin}/redirect.html`,
    postLogoutRedirectUri: location.origin,
    clientCapabilities: ['CP1'],
  },
});
await client.initialize();
const landed = await client.handleRedirectPromise();
if (landed) client.setActiveAccount(landed.account);

const userName = () => client.getActiveAccount()?.username;

/** Asks the API. The second value is the claims request of its challenge, if it made one. */
async function ask(accessToken, query, variables) {
  const response = await fetch(api, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${accessToken}` },
    body: JSON.stringify({ query, variables }),
  });
  const [, claims] = /claims="([^"]+)"/.exec(response.headers.get('www-authenticate') ?? '') ?? [];
  return [{ status: response.status, ...(await response.json()) }, claims && atob(claims)];
}

window.application = {
  userName,
  signInByRedirect: () => client.loginRedirect({ scopes }),
  async signInByPopup() {
    const { account, accessToken } = await client.loginPopup({ scopes });
    client.setActiveAccount(account);
    return { userName: userName(), accessToken };
  },
  async renew(changes) {
    const result = await client.acquireTokenSilent({ scopes, ...changes });
    return { accessToken: result.accessToken, fromCache: result.fromCache };
  },
  /** Single sign-on in a hidden frame, without anything kept in this page. */
  async signInSilently(loginHint) {
    try {
      const { account } = await client.ssoSilent({ scopes, loginHint });
      return account.username;
    } catch (error) {
      if (!(error instanceof InteractionRequiredAuthError)) throw error;
      return error.errorCode;
    }
  },
  async ask(query, variables) {
    const { accessToken } = await client.acquireTokenSilent({ scopes });
    const [answer, claims] = await ask(accessToken, query, variables);
    if (claims === undefined) return { answer };
    const steppedUp = await client.acquireTokenPopup({ scopes, claims });
    const [repeated] = await ask(steppedUp.accessToken, query, variables);
    return { refusal: answer, answer: repeated };
  },
  signOut: () => client.logoutRedirect(),
};
document.title = 'ready';
