// The page that msal-browser 5 wants sign-ins to end on: it hands the answer to the page that asked.
import { broadcastResponseToMainFrame } from '@azure/msal-browser/redirect-bridge';

await broadcastResponseToMainFrame();
