import { parseGuid } from './guid.js';

/**
 * What Entra wants before `/` and the name of a scope: the first accepted App ID URI, or the one that Entra proposes for an
 * accepted client id; undefined when there is neither. `spn:` with one of the others is how some v1.0 tokens write their
 * audience. A slash at its end stays: Entra wants two then.
 */
export function appIdUriIn(audiences: Iterable<string>): string | undefined {
  const accepted = [...audiences];
  const clientId = accepted.map(parseGuid).find((guid) => guid !== undefined);
  const uri = accepted.find((audience) => URL.canParse(audience) && !audience.startsWith('spn:'));
  return uri ?? (clientId && `api://${clientId}`);
}
