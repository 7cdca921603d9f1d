import type { FastifyRequest } from 'fastify';
import { type ExecutionArgs, GraphQLError, type GraphQLSchema, parse } from 'graphql';
import {
  type ConnectionInitMessage,
  type Context,
  makeServer,
  type OperationResult,
  type Server,
  type SubscribePayload,
} from 'graphql-ws';
import type { WebSocket } from 'ws';
import type { DescribeLimit, LimitError } from '../../config/limit-error.js';
import type { Limits } from '../../config/limits.js';
import { countValues } from '../../http/json-values.js';
import type { ServerCounts } from '../../http/metrics/server-counts.js';
import { createTurns } from '../../http/turns.js';
import { type CallerLimits, holderOf, type LeavePlace } from '../caller-places.js';
import type { ContextFunction, NodeRequest } from '../context.js';
import { ABANDONED } from '../execution/abandoned-operation.js';
import { codeOfRefusedToken, type LogRefusedToken } from '../refusals/refused-token-log.js';
import { watchAnonymous } from './anonymous-life.js';
import { type AwaitedOperations, createAwaitedOperations } from './awaited-operations.js';
import { credentialsOf } from './connection-credentials.js';
import { fitRefusal } from './fit-refusal.js';
import { createKeptMessages, operationBytes } from './kept-messages.js';
import {
  type CloseReason,
  closeReasonOf,
  closeReasonOfEnd,
  closeReasonOfFailures,
  closeReasonOfPlaces,
  identifySocketCaller,
  type SocketCaller,
  TRY_AGAIN_LATER,
} from './socket-caller.js';
import type { SocketFailures } from './socket-failures.js';
import type { SocketOperations } from './socket-operations.js';
import type { SocketPlaces } from './socket-places.js';

/** The state of one connection. */
export interface SocketConnection {
  readonly socket: WebSocket;
  /** The handshake. */
  readonly request: FastifyRequest;
  /** Operations that are being answered. Subscriptions count until their source is open. */
  readonly running: Set<Promise<unknown>>;
  /** Time at which the last operation began. */
  lastOperationMs?: number;
  /** Set when the protocol begins. */
  awaited?: AwaitedOperations;
  /** Set when messages begin to come: counts a refused operation. */
  noteRefusal?(): void;
  /** The message that is being handled. */
  message?: { readonly length: number; readonly bytes: number; readonly mayBeKept: boolean };
  /** The server stops: running operations are answered and new ones are refused. */
  isClosing: boolean;
  /** Set by `connection_init`. */
  admitted?: Admitted;
}

/** A connection whose caller is known and which has a place. */
interface Admitted {
  readonly caller: SocketCaller;
  /** The name under which the caller's operations and subscriptions are counted. */
  readonly holder: string;
  readonly leave: LeavePlace;
}

type ConnectionContext = Context<ConnectionInitMessage['payload'], SocketConnection>;

/**
 * The protocol graphql-transport-ws for connections that `websocket-route.ts` accepted. The access token comes in the
 * payload of `connection_init` (`authorization`: "Bearer …") or in the header of the handshake, not in both.
 */
export function createSocketProtocol(options: {
  readonly operations: SocketOperations;
  readonly authenticate: ContextFunction<unknown>['authenticate'];
  readonly onRevocation: ContextFunction<unknown>['onRevocation'];
  readonly failures: SocketFailures;
  readonly logRefusedToken: LogRefusedToken;
  readonly schema: GraphQLSchema;
  readonly counts: Pick<ServerCounts, 'refusedTokens' | 'refusedOperations' | 'limitsHit'>;
  readonly callerLimits: CallerLimits;
  readonly places: SocketPlaces;
  readonly limits: Limits;
  readonly describeLimit: DescribeLimit;
}): Server<SocketConnection> {
  const { operations, authenticate, onRevocation, failures, logRefusedToken, schema, counts } = options;
  const { callerLimits, places, limits, describeLimit } = options;
  const takeTurn = createTurns();
  const kept = createKeptMessages(limits, describeLimit);

  async function connect(context: ConnectionContext): Promise<boolean> {
    const { connectionParams, extra } = context;
    const { socket, request } = extra;
    // graphql-ws would keep what the client sent for as long as the connection is open.
    Object.assign(context, { connectionParams: undefined });
    let from = failures.begin(request);
    /** The budget of its address is for new tokens, and this one is new once. */
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
    const isFull = isOpen(socket) && !places.admit(socket, kind);
    if (isFull) {
      caller.stop();
      counts.limitsHit.add(`${kind}Sockets`);
      close(socket, FULL);
      return false;
    }
    const holder = holderOf(caller.caller, request);
    // A client can go while its token is verified. Then `onClose` has been called, and would never give the place back.
    const leave = isOpen(socket) ? callerLimits.sockets.take(holder) : undefined;
    if (typeof leave === 'function') {
      const stopWatching = caller.caller ? undefined : watch(context);
      const stop = () => {
        caller.stop();
        stopWatching?.();
      };
      extra.admitted = { caller: { ...caller, stop }, holder, leave };
      return true;
    }
    caller.stop();
    if (leave) close(socket, closeReasonOfPlaces(leave));
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
    logRefusedToken(request.log, error);
    close(socket, reason);
  }

  async function answerWithin(context: ConnectionContext, id: string, operation: SubscribePayload) {
    const { extra } = context;
    extra.lastOperationMs = Date.now();
    // Called while the message is handled, before anything is waited for.
    const { message = { length: 0, bytes: 0, mayBeKept: true }, admitted } = extra;
    const release = admitted ? kept.keep(admitted.holder, message.bytes) : undefined;
    if (release && typeof release !== 'function') return fitted([refuseOperation(release)]);
    try {
      const answered = await answer(context, id, operation, message.mayBeKept);
      return 'schema' in answered ? answered : fitted(answered);
    } finally {
      release?.();
    }

    function fitted(errors: readonly GraphQLError[]): readonly GraphQLError[] {
      return fitRefusal(errors, { id, length: message.length }, limits);
    }
  }

  async function answer(
    context: ConnectionContext,
    id: string,
    operation: SubscribePayload,
    mayBeKept: boolean,
  ): Promise<ExecutionArgs | readonly GraphQLError[]> {
    const { extra } = context;
    const { socket, admitted, running, awaited } = extra;
    if (!admitted || !awaited) return [new GraphQLError('The connection is closed.')];
    const count = Object.keys(context.subscriptions).length;
    if (count > limits.socketOperations) {
      return [refuseOperation(describeLimit('socketOperations', count, 'RATE_LIMITED'))];
    }
    const isPatient = operation.query.trimStart().startsWith('subscription');
    const closed = isPatient ? await waitForTurn(context, id, admitted.holder) : refusalOfClosed(extra);
    if (closed) return [closed];
    const leave = callerLimits.operations.take(admitted.holder);
    if (typeof leave !== 'function') return [refuseOperation(leave)];
    const { signal, end } = awaited.begin(() => isOpen(socket) && id in context.subscriptions);
    const answered = Promise.resolve(isPatient ? undefined : takeTurn(admitted.holder))
      .then(() => run(operation, extra, { ...admitted, signal, mayBeKept }))
      .finally(() => {
        end();
        leave();
        running.delete(answered);
      });
    running.add(answered);
    return answered;
  }

  /** A client that comes back opens all its subscriptions at once. They wait without a place of the caller. */
  async function waitForTurn({ extra, subscriptions }: ConnectionContext, id: string, holder: string) {
    await takeTurn(holder);
    // Its client has sent `complete` meanwhile.
    return refusalOfClosed(extra) ?? (id in subscriptions ? undefined : ABANDONED);
  }

  async function run(
    operation: SubscribePayload,
    { request, noteRefusal }: Pick<SocketConnection, 'request' | 'noteRefusal'>,
    { caller, holder, signal, mayBeKept }: Admitted & { readonly signal: AbortSignal; readonly mayBeKept: boolean },
  ) {
    const subscribe = () => (mayBeKept ? callerLimits.subscriptions.take(holder) : describeLimit('subscriptionValues'));
    const client = { identity: request.identity, holder, log: request.log, current: caller.current, subscribe, signal };
    try {
      const answered = await operations.run(operation, client);
      if (answered.kind === 'errors') {
        noteRefusal?.();
        return answered.errors;
      }
      if (answered.kind === 'events') request.log.debug('subscription opened');
      return {
        schema,
        document: ANY_OPERATION,
        rootValue: answered.kind === 'result' ? answered.result : answered.events,
      };
    } catch (error) {
      request.log.error({ err: error }, 'an operation over WebSocket failed');
      return [new GraphQLError('Internal server error', { extensions: { code: 'INTERNAL_SERVER_ERROR' } })];
    }
  }

  function refuseOperation({ message, extensions }: LimitError): GraphQLError {
    counts.refusedOperations.add(extensions.code);
    return new GraphQLError(message, { extensions: { ...extensions } });
  }

  const server = makeServer<ConnectionInitMessage['payload'], SocketConnection>({
    connectionInitWaitTimeout: limits.socketInitSeconds * 1000,
    onConnect: connect,
    onSubscribe: (context, id, operation) => {
      if (id.length > limits.socketOperationIdLength) close(context.extra.socket, LONG_ID);
      return answerWithin(context, id, operation);
    },
    execute: ({ rootValue }) => rootValue as OperationResult,
    onError: ({ extra: { socket, isClosing } }, _id, _operation, errors) => {
      if (isClosing) return;
      // A subscription that lost its source: clients of graphql-ws come back by themselves, as after every lost connection.
      if (errors.some(({ extensions }) => extensions.code === 'SERVICE_UNAVAILABLE')) close(socket, UNAVAILABLE);
    },
    onClose: ({ extra: { admitted } }) => {
      admitted?.caller.stop();
      admitted?.leave();
    },
  });
  return withMessages(server, limits);
}

/**
 * Looks at each message before and after it is handled. One with too many values is not parsed. Any message can be a
 * `complete`, so operations end whose clients no longer wait.
 */
function withMessages(server: Server<SocketConnection>, limits: Limits): Server<SocketConnection> {
  return {
    opened(socket, connection) {
      const awaited = createAwaitedOperations();
      connection.awaited = awaited;
      const onMessage: typeof socket.onMessage = (handle) =>
        socket.onMessage(async (data) => {
          const most = connection.admitted ? limits.requestValues : limits.socketInitValues;
          const values = countValues(data, most);
          if (values > most) return close(connection.socket, tooManyValues(most));
          connection.message = {
            length: data.length,
            bytes: operationBytes(data, values),
            mayBeKept: values <= limits.subscriptionValues,
          };
          const handled = handle(data);
          awaited.sweep();
          return handled;
        });
      const closed = server.opened({ ...socket, onMessage }, connection);
      return (code, reason) => {
        const left = closed(code, reason);
        awaited.sweep();
        return left;
      };
    },
  };
}

/** The library checks that there is an operation, and calls `execute` with it. The answer is known by then: `rootValue`. */
const ANY_OPERATION = parse('{ __typename }');

const FULL: CloseReason = { code: TRY_AGAIN_LATER, reason: 'The server has no place for more connections' };
const tooManyValues = (most: number): CloseReason => ({
  code: 4400,
  reason: `At most ${most} values are allowed in a message`,
});
const LONG_ID: CloseReason = { code: 4400, reason: 'The id of an operation is too long' };
const STOPPING = 'This server is stopping. Connect again.';

const UNAVAILABLE: CloseReason = { code: TRY_AGAIN_LATER, reason: 'The server cannot answer this now' };

/** Returns the error of an operation on a connection that takes no more. */
function refusalOfClosed({ socket, isClosing }: SocketConnection): GraphQLError | undefined {
  if (!isOpen(socket)) return new GraphQLError('The connection is closed.');
  return isClosing ? new GraphQLError(STOPPING, { extensions: { code: 'SERVICE_UNAVAILABLE' } }) : undefined;
}

function isOpen(socket: WebSocket): boolean {
  return socket.readyState === socket.OPEN;
}

function close(socket: WebSocket, { code, reason }: CloseReason): void {
  if (isOpen(socket)) socket.close(code, reason);
}
