import { parseGuid } from './guid.js';

/**
 * Returns the prefix that Entra wants before `/` and the name of a scope. It is the first accepted App ID URI, or else the
 * one that Entra proposes for an accepted client id. Undefined when there is neither. Some v1.0 tokens write their audience
 * as `spn:` with one of the others. A trailing slash is kept because Entra expects a double slash in that case.
 */
export function appIdUriIn(audiences: Iterable<string>): string | undefined {
  const accepted = [...audiences];
  const clientId = accepted.map(parseGuid).find((guid) => guid !== undefined);
  const uri = accepted.find((audience) => URL.canParse(audience) && !audience.startsWith('spn:'));
  return uri ?? (clientId && `api://${clientId}`);
}
