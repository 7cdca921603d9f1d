import { type Authority, type Directory, findClient } from '../directory.js';
import type { EmulatorClient } from '../emulator-options.js';
import { EntraError } from '../entra-error.js';
import { parseClaimsRequest } from './claims-request.js';
import { type Parameters, requireParameter } from './parameters.js';
import { describeRedirectUris, isRegisteredRedirectUri } from './redirect-uri.js';
import { parseScopeRequest } from './scope-request.js';
import type { SignInRequest } from './sign-in-request.js';

/** A longer redirect URI is cut in the error that refuses it. */
const MAX_SHOWN = 300;

/** How an answer travels back to the client. */
type ResponseMode = 'query' | 'fragment' | 'form_post';

/** Target of the answer to an authorization request. Only made for a registered redirect URI. */
export interface RedirectTarget {
  readonly client: EmulatorClient;
  readonly redirectUri: string;
  readonly responseMode: ResponseMode;
  readonly state: string | undefined;
}

/** A checked request to the authorize endpoint. */
export interface AuthorizeRequest extends SignInRequest {
  readonly target: RedirectTarget;
  readonly prompt: string | undefined;
  readonly loginHint: string | undefined;
  readonly codeChallenge: string | undefined;
  /** The client asked who signed in, next to the code (`client_info=1`). */
  readonly wantsClientInfo: boolean;
}

/**
 * Parses the part that must be checked first. Until it holds, errors are shown on a page. Sending them to an unregistered
 * address would make the emulator an open redirector (RFC 6749 s.4.1.2.1).
 *
 * @throws EntraError `unknownClient`, `redirectUriMismatch`, `unsupportedResponseMode`
 */
export function parseRedirectTarget(directory: Directory, parameters: Parameters): RedirectTarget {
  const client = findClient(directory, parameters.client_id);
  const redirectUri = requireParameter(parameters, 'redirect_uri');
  if (!isRegisteredRedirectUri(client, redirectUri)) throw redirectUriMismatch(client, redirectUri);
  const responseMode = parameters.response_mode ?? 'query';
  if (!isResponseMode(responseMode)) throw new EntraError('unsupportedResponseMode');
  return { client, redirectUri, responseMode, state: parameters.state };
}

function redirectUriMismatch(client: EmulatorClient, redirectUri: string): EntraError {
  const registered = describeRedirectUris(client).join(', ') || 'none';
  const given = redirectUri.slice(0, MAX_SHOWN);
  return new EntraError(
    'redirectUriMismatch',
    `The redirect URI ${given} is not registered for ${client.name}. Registered: ${registered}.`,
  );
}

/**
 * Parses the rest of an authorization request.
 *
 * @throws EntraError for the client to see at its redirect URI
 */
export function parseAuthorizeRequest(
  directory: Directory,
  from: { readonly authority: Authority; readonly target: RedirectTarget },
  parameters: Parameters,
): AuthorizeRequest {
  if (parameters.response_type !== 'code') throw new EntraError('unsupportedResponseType');
  return {
    ...from,
    clientId: from.target.client.clientId,
    scope: parseScopeRequest(parameters.scope, directory.api),
    claims: parseClaimsRequest(parameters.claims),
    prompt: parameters.prompt,
    loginHint: parameters.login_hint,
    nonce: parameters.nonce,
    codeChallenge: parseCodeChallenge(from.target.client, parameters),
    wantsClientInfo: parameters.client_info === '1',
  };
}

/**
 * Parses the code challenge (RFC 7636 s.4.2, S256 only). A public client must send one because nothing else binds the code
 * to it.
 */
function parseCodeChallenge(client: EmulatorClient, parameters: Parameters): string | undefined {
  const codeChallenge = parameters.code_challenge;
  if (codeChallenge === undefined) {
    if (client.kind === 'public') throw new EntraError('pkceRequired');
    return undefined;
  }
  const isS256 = parameters.code_challenge_method === 'S256' && /^[\w-]{43}$/.test(codeChallenge);
  if (!isS256) throw new EntraError('pkceMethod');
  return codeChallenge;
}

function isResponseMode(text: string): text is ResponseMode {
  return text === 'query' || text === 'fragment' || text === 'form_post';
}
