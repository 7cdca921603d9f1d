import type { Limits } from '../../../config/limits.js';
import type { ServerCounts } from '../../../http/metrics/server-counts.js';
import { type CallerLimits, holderOf } from '../../caller-places.js';
import type { ContextFunction, NodeRequest } from '../../context.js';
import { codeOfRefusedToken, type LogRefusedToken } from '../../refusals/refused-token-log.js';
import { watchAnonymous } from '../bounds/anonymous-life.js';
import type { SocketFailures } from '../bounds/socket-failures.js';
import type { SocketPlaces } from '../bounds/socket-places.js';
import {
  type CloseReason,
  closeReasonOf,
  closeReasonOfEnd,
  closeReasonOfFailures,
  closeReasonOfPlaces,
  TRY_AGAIN_LATER,
} from '../close-reasons.js';
import { type ConnectionContext, close, isOpen, type SocketConnection } from '../connection.js';
import { credentialsOf } from './connection-credentials.js';
import { identifySocketCaller, type SocketCaller } from './socket-caller.js';

export interface AdmissionOptions {
  readonly authenticate: ContextFunction<unknown>['authenticate'];
  readonly onRevocation: ContextFunction<unknown>['onRevocation'];
  readonly failures: SocketFailures;
  readonly logRefusedToken: LogRefusedToken;
  readonly counts: Pick<ServerCounts, 'refusedTokens' | 'limitsHit'>;
  readonly callerLimits: Pick<CallerLimits, 'sockets'>;
  readonly places: SocketPlaces;
  readonly limits: Limits;
}

/**
 * Creates the function that answers `connection_init`. It verifies the token and takes a place for the connection. Returns
 * false after it has closed the connection.
 */
export function createSocketAdmission(options: AdmissionOptions): (context: ConnectionContext) => Promise<boolean> {
  const { authenticate, onRevocation, failures, logRefusedToken, counts, callerLimits, places, limits } = options;

  async function connect(context: ConnectionContext): Promise<boolean> {
    const { connectionParams, extra } = context;
    const { socket, request } = extra;
    // Otherwise graphql-ws would keep them, with the token, for as long as the connection is open.
    Object.assign(context, { connectionParams: undefined });
    let from = failures.begin(request);
    // Only the first check counts for the budget of the address. Later ones just name their source.
    const authenticateFrom = (sent: NodeRequest) => {
      const first = from;
      from = { source: first.source };
      return authenticate(sent, () => first);
    };
    try {
      const caller = await identifySocketCaller({
        credentials: credentialsOf(request.raw, connectionParams),
        authenticate: authenticateFrom,
        onRevocation,
        end: (error) => end(extra, error),
      });
      return admit(context, caller);
    } catch (error) {
      const { secondsToWait } = failures.refuse(request, error);
      if (secondsToWait > 0) close(socket, closeReasonOfFailures(secondsToWait));
      else refuse(extra, error);
      return false;
    }
  }

  function admit(context: ConnectionContext, caller: SocketCaller): boolean {
    const { extra } = context;
    const { socket, request } = extra;
    const kind = caller.caller ? 'verified' : 'anonymous';
    const holder = holderOf(caller.caller, request);
    // A client can leave while its token is verified. `onClose` has run by then, so nothing would give the place back.
    const leave = isOpen(socket) ? callerLimits.sockets.take(holder) : undefined;
    // Comes last. Otherwise a refused client that keeps its connection open would hold a place of all clients for seconds.
    if (typeof leave === 'function' && places.admit(socket, kind)) {
      const stopWatching = caller.caller ? undefined : watch(context);
      const stop = () => {
        caller.stop();
        stopWatching?.();
      };
      extra.admitted = { caller: { ...caller, stop }, holder, leave };
      return true;
    }
    caller.stop();
    if (typeof leave === 'function') {
      leave();
      counts.limitsHit.add(`${kind}Sockets`);
      close(socket, FULL);
    } else if (leave) close(socket, closeReasonOfPlaces(leave));
    return false;
  }

  function watch({ extra, subscriptions }: ConnectionContext): () => void {
    return watchAnonymous({
      limits,
      countOperations: () => Object.keys(subscriptions).length,
      lastOperationMs: () => extra.lastOperationMs ?? 0,
      end: (reason) => close(extra.socket, reason),
    });
  }

  /**
   * Ends a connection whose token is no longer good. This does not count as a failure, because tokens of many good clients
   * that share an address can end in one minute.
   */
  function end(connection: SocketConnection, error: unknown): void {
    if (isOpen(connection.socket)) refuse(connection, error, closeReasonOfEnd(error));
  }

  function refuse({ socket, request }: SocketConnection, error: unknown, reason = closeReasonOf(error)): void {
    counts.refusedTokens.add(codeOfRefusedToken(error));
    logRefusedToken(request, error);
    close(socket, reason);
  }

  return connect;
}

const FULL: CloseReason = { code: TRY_AGAIN_LATER, reason: 'The server has no place for more connections' };
