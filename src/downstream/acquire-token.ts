import type { INetworkModule, NetworkRequestOptions, NetworkResponse } from '@azure/msal-node';
import { proofOf } from './client-credential.js';
import type { DownstreamAuthority } from './downstream-options.js';
import { DownstreamUnavailableError } from './token-errors.js';
import type { Transport, TransportRequest } from './transport.js';

/** A token for another API. */
export interface DownstreamToken {
  readonly accessToken: string;
  /** Milliseconds since 1970. */
  readonly expiresAtMs: number;
}

export interface TokenQuestion {
  /** The authority of the caller. */
  readonly at: DownstreamAuthority;
  readonly tenantId: string;
  readonly scopes: readonly string[];
  readonly for:
    | {
        readonly kind: 'user';
        /** Its access token for this API. */
        readonly assertion: string;
        /** The caller in whose share of the requests it counts. */
        readonly caller: string;
      }
    /** This API itself. */
    | { readonly kind: 'application' };
}

/** Asks Entra for a token. Rejects with DownstreamUnavailableError for an outage, else with an error of msal-node. */
export type AcquireToken = (question: TokenQuestion) => Promise<DownstreamToken>;

/**
 * Creates the function that asks Entra. Each question has an MSAL client of its own: the cache of MSAL has no bound, and
 * here tokens are kept elsewhere.
 */
export function createAcquireToken(options: {
  readonly transport: Transport;
  /** Milliseconds since 1970. */
  now(): number;
}): AcquireToken {
  return async ({ at: { clientId, instance, credential }, tenantId, scopes, for: asking }) => {
    const { ConfidentialClientApplication } = await import('@azure/msal-node');
    const { networkClient, outage } = createNetworkClient(
      options.transport,
      asking.kind === 'user' ? asking.caller : undefined,
    );
    try {
      const client = new ConfidentialClientApplication({
        auth: {
          clientId,
          ...authorityOptions(instance, tenantId),
          ...(await proofOf(credential, networkClient)),
        },
        system: { networkClient, disableInternalRetries: true },
      });
      const asked = { scopes: [...scopes], skipCache: true };
      const result =
        asking.kind === 'application'
          ? await client.acquireTokenByClientCredential(asked)
          : await client.acquireTokenOnBehalfOf({ ...asked, oboAssertion: asking.assertion });
      // MSAL counts by the clock of the machine, and takes whatever stands in the answer.
      const leftMs = (result?.expiresOn?.getTime() ?? 0) - Date.now();
      if (typeof result?.accessToken !== 'string' || !(leftMs > 0)) {
        throw new DownstreamUnavailableError('Entra answered without a token');
      }
      return { accessToken: result.accessToken, expiresAtMs: options.now() + leftMs };
    } catch (error) {
      throw outage() ?? error;
    }
  };
}

/**
 * Returns the authority with its addresses, so that MSAL does not look for them. MSAL insists on https for the authority and
 * not for the addresses, which are http on loopback.
 */
function authorityOptions(instance: string, tenantId: string) {
  const { host } = new URL(instance);
  const base = `${instance}/${tenantId}`;
  const metadata = {
    issuer: `${base}/v2.0`,
    authorization_endpoint: `${base}/oauth2/v2.0/authorize`,
    token_endpoint: `${base}/oauth2/v2.0/token`,
    jwks_uri: `${base}/discovery/v2.0/keys`,
  };
  return {
    authority: `https://${host}/${tenantId}`,
    knownAuthorities: [host],
    authorityMetadata: JSON.stringify(metadata),
  };
}

/** Creates MSAL's way to the network. It keeps an outage, which MSAL would wrap into an error of its own. */
function createNetworkClient(transport: Transport, caller: string | undefined) {
  let outage: unknown;
  const send = async <T>(
    url: string,
    method: TransportRequest['method'],
    { headers = {}, body }: NetworkRequestOptions = {},
  ): Promise<NetworkResponse<T>> => {
    const answer = await transport(url, { method, headers, body, caller }).catch((error: unknown) => {
      outage = error;
      throw error;
    });
    return { status: answer.status, headers: {}, body: answer.body as T };
  };
  const networkClient: INetworkModule = {
    sendGetRequestAsync: (url, options) => send(url, 'GET', options),
    sendPostRequestAsync: (url, options) => send(url, 'POST', options),
  };
  return { networkClient, outage: () => outage };
}
