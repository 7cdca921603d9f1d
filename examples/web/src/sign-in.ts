// Signs users in with MSAL, which keeps their tokens and renews them.
import { InteractionRequiredAuthError, PublicClientApplication } from '@azure/msal-browser';
import { AUTHORITY, CLIENT_ID, SCOPES } from './settings';

const msal = new PublicClientApplication({
  auth: {
    clientId: CLIENT_ID,
    authority: AUTHORITY,
    knownAuthorities: [new URL(AUTHORITY).host],
    redirectUri: `${location.origin}/redirect.html`,
    postLogoutRedirectUri: location.origin,
    // Says that this page can meet a claims challenge. The API asks other clients for no second factor.
    clientCapabilities: ['CP1'],
  },
});
await msal.initialize();
await msal.handleRedirectPromise();
msal.setActiveAccount(msal.getAllAccounts()[0] ?? null);

/** Returns the name of the user, or undefined when nobody is signed in. */
export const userName = (): string | undefined => msal.getActiveAccount()?.name;

export const signIn = () => msal.loginRedirect({ scopes: SCOPES });
export const signOut = () => msal.logoutRedirect();

/** Returns an access token that is good for some minutes. Leaves the page when the user has to sign in again. */
export async function accessToken({ forceRefresh = false } = {}): Promise<string> {
  try {
    return (await msal.acquireTokenSilent({ scopes: SCOPES, forceRefresh })).accessToken;
  } catch (error) {
    if (!(error instanceof InteractionRequiredAuthError)) throw error;
    await msal.acquireTokenRedirect({ scopes: SCOPES });
    throw error;
  }
}

/** Lets the user meet a claims challenge in a window, which has to be opened by a click. Later tokens meet it too. */
export async function stepUp(claims: string): Promise<void> {
  await msal.acquireTokenPopup({ scopes: SCOPES, claims });
}
