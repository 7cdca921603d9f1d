// Signs in users of a real tenant with MSAL. Its tokens are in memory, so they end with the page.
import { InteractionRequiredAuthError, PublicClientApplication } from '@azure/msal-browser';

/** Time for a user to sign in, with a second factor. MSAL does not notice when the window is closed. */
const SIGN_IN_MS = 300_000;
/** A window that was closed must not keep another one from opening. */
const ANEW = { overrideInteractionInProgress: true };

/** @param settings `clientId`, `authority`, `scopes`, and `redirectPath`, the page on which sign-ins end */
export async function createEntraClient({ clientId, authority, scopes, redirectPath }) {
  const client = new PublicClientApplication({
    auth: {
      clientId,
      authority,
      knownAuthorities: [new URL(authority).host],
      redirectUri: new URL(redirectPath, location.origin).href,
      // The API may answer with a claims challenge, and gets a token that meets it.
      clientCapabilities: ['CP1'],
    },
    cache: { cacheLocation: 'memoryStorage' },
    system: { popupBridgeTimeout: SIGN_IN_MS },
  });
  await client.initialize();

  return {
    /** Opens the window in which the user signs in. Returns the user's name and where tokens come from. */
    async signIn() {
      const { account } = await client.loginPopup({ scopes, prompt: 'select_account', ...ANEW });
      return { name: account.username, source: sourceOf(account) };
    },
  };

  function sourceOf(account) {
    const request = { scopes, account };
    return {
      /** Returns a token that is good for a while. MSAL renews it before it expires. */
      async obtain({ renew = false } = {}) {
        try {
          return (await client.acquireTokenSilent({ ...request, forceRefresh: renew })).accessToken;
        } catch (error) {
          if (!(error instanceof InteractionRequiredAuthError)) throw error;
          return (await client.acquireTokenPopup({ ...request, ...ANEW })).accessToken;
        }
      },
      /** Opens the window again for what a claims challenge asks for. */
      stepUp: async (claims) => void (await client.acquireTokenPopup({ ...request, claims, ...ANEW })),
    };
  }
}
