// The page on which sign-ins end. It hands the answer of the identity provider to the page that asked for it.
import { broadcastResponseToMainFrame } from '@azure/msal-browser/redirect-bridge';

broadcastResponseToMainFrame().catch((error) => {
  document.querySelector('main').textContent = `The sign-in could not be finished: ${error.message}`;
});
