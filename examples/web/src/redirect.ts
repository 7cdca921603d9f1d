// The page on which every sign-in ends. It hands the answer to the page that asked for it.
import { broadcastResponseToMainFrame } from '@azure/msal-browser/redirect-bridge';

await broadcastResponseToMainFrame();
