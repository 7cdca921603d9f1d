import { parseGuid } from './guid.js';

/** Returns what Entra wants before `/` and the name of a scope, such as the App ID URI. A trailing slash stays. */
export function appIdUriIn(audiences: Iterable<string>): string | undefined {
  const accepted = [...audiences];
  const clientId = accepted.map(parseGuid).find((guid) => guid !== undefined);
  const uri = accepted.find((audience) => URL.canParse(audience) && !audience.startsWith('spn:'));
  return uri ?? (clientId && `api://${clientId}`);
}
