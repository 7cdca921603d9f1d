import { createHash, timingSafeEqual } from 'node:crypto';
import { type Authority, findClient } from '../directory.js';
import type { ConfidentialClient, EmulatorClient } from '../emulator-options.js';
import type { EmulatorState } from '../emulator-state.js';
import { EntraError } from '../entra-error.js';
import type { Parameters } from '../requests/parameters.js';
import type { ClientProof } from '../tokens/access-token.js';
import { ASSERTION_TYPE, checkClientAssertion } from './client-assertion.js';

/** The parts of a request to the token endpoint that identify its client. */
interface ClientClaim {
  readonly authority: Authority;
  readonly parameters: Parameters;
  readonly authorizationHeader: string | undefined;
}

/**
 * Authenticates the client of a token request. A confidential client sends its secret in the body or as HTTP Basic (RFC
 * 6749 s.2.3.1), or an assertion signed by a certificate's key. A public client must have neither.
 *
 * @throws EntraError `unknownClient`, `wrongSecret`, `secretRequired`, `secretNotAllowed` and those of client assertions
 */
export function authenticateClient(
  state: EmulatorState,
  { authority, parameters, authorizationHeader }: ClientClaim,
): { readonly client: EmulatorClient; readonly clientProof: ClientProof } {
  const basic = parseBasic(authorizationHeader);
  const client = findClient(state.directory, basic?.clientId ?? parameters.client_id);
  const secret = basic?.secret ?? parameters.client_secret;
  const assertion = parameters.client_assertion;
  if (client.kind === 'public') {
    if (secret !== undefined || assertion !== undefined) throw new EntraError('secretNotAllowed');
    return { client, clientProof: '0' };
  }
  if (assertion === undefined) return { client, clientProof: checkSecret(state, client, secret) };
  if (secret !== undefined || parameters.client_assertion_type !== ASSERTION_TYPE) {
    throw new EntraError(
      'malformedRequest',
      `client_assertion needs client_assertion_type ${ASSERTION_TYPE}, and no secret.`,
    );
  }
  checkClientAssertion(client, assertion, { authority, nowMs: state.now() });
  return { client, clientProof: '2' };
}

function checkSecret(
  { directory }: EmulatorState,
  client: ConfidentialClient,
  secret: string | undefined,
): ClientProof {
  if (secret === undefined) throw new EntraError('secretRequired');
  const expected = directory.clientSecrets.get(client.clientId);
  if (expected === undefined || !isSameText(secret, expected)) throw new EntraError('wrongSecret');
  return '1';
}

function parseBasic(header: string | undefined): { readonly clientId: string; readonly secret: string } | undefined {
  if (!header?.toLowerCase().startsWith('basic ')) return undefined;
  const text = Buffer.from(header.slice('basic '.length), 'base64').toString();
  const colon = text.indexOf(':');
  if (colon < 0) throw new EntraError('wrongSecret');
  const decoded = new URLSearchParams(`clientId=${text.slice(0, colon)}&secret=${text.slice(colon + 1)}`);
  return { clientId: decoded.get('clientId') ?? '', secret: decoded.get('secret') ?? '' };
}

/** Compares two texts in the same time wherever they differ. */
function isSameText(left: string, right: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(left), digest(right));
}
