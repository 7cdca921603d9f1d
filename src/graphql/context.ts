import type { Authentication, TokenSource, VerifiedAccessToken } from '../authentication/authentication.js';
import type { Caller } from '../authentication/caller.js';
import { bearerTokenIn } from '../authentication/request/bearer-token.js';
import { credentialsOfNode, type ReceivedCredentials } from '../authentication/request/request-credentials.js';
import type { Downstream } from '../downstream/downstream.js';
import { noteAbandonment } from './execution/abandoned-operation.js';
import type { DenialLog } from './refusals/denial-log.js';
import type { AnyResource, RequestParts, ResourceContext } from './resource.js';
import { hasUndecidedRoles, noteUndecided } from './undecided-caller.js';
import type { WhileFetching } from './verification-span.js';

/** The headers and address of a request or of a WebSocket's handshake. */
export type NodeRequest = Parameters<typeof credentialsOfNode>[0];

/** A request whose access token was verified, or that has none. */
export interface Authenticated {
  readonly token: VerifiedAccessToken | undefined;
  /** Other APIs for this caller, and the lookup of its groups. */
  readonly parts?: RequestParts;
}

/**
 * The context function, in two steps. HTTP requests, operations over WebSocket and events of subscriptions all get their
 * contexts here alone.
 *
 * There are two steps because a bad token is refused before the body of its request is read.
 */
export interface ContextFunction<TContext> {
  /**
   * Verifies the access token of a request. Returns immediately for a token that was verified before and is still good,
   * because a promise for each request costs more than the lookup.
   *
   * Rejects with AccessTokenError for a bad token, with SigningKeysUnavailableError or SignatureNotCheckedError for
   * one that could not be verified.
   *
   * @param from called when a new token is verified: the client that sent it
   */
  authenticate(request: NodeRequest, from?: () => TokenSource): Authenticated | Promise<Authenticated>;
  /** Calls the listener when tokens may have been revoked. Returns a function that ends it. */
  onRevocation(listener: () => void): () => void;
  /**
   * Creates the context of one operation: its caller with the claims of the token, and the parts of the resource.
   *
   * @param holder under which the client is counted: its address, if it is anonymous
   * @param event of a subscription, for the context of its answer
   * @throws TypeError for a request that was not authenticated, so that a mistake in the order of steps lets no caller in
   */
  createContext(authenticated: Authenticated | undefined, holder: string, event?: unknown): TContext;
}

const ANONYMOUS: Authenticated = { token: undefined };

export function createContextFunction(parts: {
  readonly authentication: Pick<Authentication, 'lookup' | 'onRevocation'> &
    Partial<Pick<Authentication, 'knownCaller' | 'decideCaller'>>;
  readonly resource: Pick<AnyResource, 'createContext'>;
  readonly denialLog: Pick<DenialLog, 'watch'>;
  readonly downstream?: Pick<Downstream, 'of'> | undefined;
  /** Default: the fetch of signing keys is not traced. */
  readonly whileFetching?: WhileFetching | undefined;
}): ContextFunction<ResourceContext> {
  const { authentication, resource, denialLog, downstream, whileFetching } = parts;
  const { knownCaller = (caller: Caller) => caller, decideCaller } = authentication;
  const toAuthenticated = (token: VerifiedAccessToken, credentials: ReceivedCredentials): Authenticated => {
    const { caller } = token;
    const isUndecided = hasUndecidedRoles(caller);
    if (!downstream && !isUndecided) return { token };
    const accessToken = () => bearerTokenIn(credentials);
    const parts = {
      downstream: downstream?.of(caller, accessToken),
      decideCaller: isUndecided ? () => decide(caller, accessToken) : undefined,
    };
    return { token, parts };
  };
  const decide = async (caller: Caller, accessToken: () => string | undefined) =>
    (await decideCaller?.(caller, accessToken() ?? '')) ?? caller;
  return {
    authenticate(request, from) {
      const credentials = credentialsOfNode(request);
      const { known, verify } = authentication.lookup(credentials);
      if (verify) return verify({ ...from?.(), whileFetching }).then((token) => toAuthenticated(token, credentials));
      return known ? toAuthenticated(known, credentials) : ANONYMOUS;
    },
    onRevocation: authentication.onRevocation,
    createContext(authenticated, holder, event) {
      if (!authenticated) throw new TypeError('A context was created before its request was authenticated');
      const { token } = authenticated;
      const parts = token ? authenticated.parts : { address: holder };
      const caller = token && knownCaller(token.caller);
      const context: ResourceContext = resource.createContext(caller, event, parts);
      if (parts?.decideCaller) noteUndecided(context, parts.decideCaller);
      return noteAbandonment(denialLog.watch(context));
    },
  };
}
