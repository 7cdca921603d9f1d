import { createHash, timingSafeEqual } from 'node:crypto';
import { type Directory, findClient } from '../directory.js';
import type { EmulatorClient } from '../emulator-options.js';
import { EntraError } from '../entra-error.js';
import type { Parameters } from '../requests/parameters.js';
import type { ClientProof } from '../tokens/access-token.js';

/**
 * Who asks the token endpoint. A confidential client proves it with its secret, in the body or as HTTP Basic
 * (RFC 6749 s.2.3.1); a public client must not have one.
 *
 * @throws EntraError `unknownClient`, `wrongSecret`, `secretRequired`, `secretNotAllowed`
 */
export function authenticateClient(
  directory: Directory,
  parameters: Parameters,
  authorizationHeader: string | undefined,
): { readonly client: EmulatorClient; readonly clientProof: ClientProof } {
  const basic = parseBasic(authorizationHeader);
  const client = findClient(directory, basic?.clientId ?? parameters.client_id);
  const secret = basic?.secret ?? parameters.client_secret;
  if (client.kind === 'public') {
    if (secret !== undefined) throw new EntraError('secretNotAllowed');
    return { client, clientProof: '0' };
  }
  if (secret === undefined) throw new EntraError('secretRequired');
  const expected = directory.clientSecrets.get(client.clientId);
  if (expected === undefined || !isSameText(secret, expected)) throw new EntraError('wrongSecret');
  return { client, clientProof: '1' };
}

function parseBasic(header: string | undefined): { readonly clientId: string; readonly secret: string } | undefined {
  if (!header?.toLowerCase().startsWith('basic ')) return undefined;
  const text = Buffer.from(header.slice('basic '.length), 'base64').toString();
  const colon = text.indexOf(':');
  if (colon < 0) throw new EntraError('wrongSecret');
  const decoded = new URLSearchParams(`clientId=${text.slice(0, colon)}&secret=${text.slice(colon + 1)}`);
  return { clientId: decoded.get('clientId') ?? '', secret: decoded.get('secret') ?? '' };
}

/** Takes the same time wherever the two differ. */
function isSameText(left: string, right: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(left), digest(right));
}
