import { type ExecutionArgs, GraphQLError, type GraphQLSchema, parse } from 'graphql';
import {
  type ConnectionInitMessage,
  makeServer,
  type OperationResult,
  type Server,
  type SubscribePayload,
} from 'graphql-ws';
import type { DescribeLimit, LimitError } from '../../config/limit-error.js';
import type { Limits } from '../../config/limits.js';
import { countValues } from '../../http/json-values.js';
import type { ServerCounts } from '../../http/metrics/server-counts.js';
import type { TurnHolder, Turns } from '../../http/turns.js';
import { isObject } from '../../values/is-object.js';
import type { CallerLimits } from '../caller-places.js';
import { ABANDONED } from '../execution/abandoned-operation.js';
import type { LoadShedding } from '../rates/load-shedding.js';
import { type AdmissionOptions, createSocketAdmission } from './admission/socket-admission.js';
import { fitRefusal } from './bounds/fit-refusal.js';
import { createKeptMessages, measureMessage, type SocketMessage } from './bounds/kept-messages.js';
import { type CloseReason, TRY_AGAIN_LATER } from './close-reasons.js';
import { type Admitted, type ConnectionContext, close, isOpen, type SocketConnection } from './connection.js';
import { createAwaitedOperations } from './operations/awaited-operations.js';
import type { SocketOperations } from './operations/socket-operations.js';

/**
 * The protocol graphql-transport-ws for connections that `websocket-route.ts` accepted. The access token comes in the
 * payload of `connection_init` (`authorization`: "Bearer …") or in the header of the handshake, not in both.
 */
export function createSocketProtocol(
  options: AdmissionOptions & {
    readonly operations: SocketOperations;
    readonly schema: GraphQLSchema;
    readonly counts: Pick<ServerCounts, 'refusedOperations'>;
    readonly callerLimits: CallerLimits;
    readonly turns: Pick<Turns, 'take'>;
    readonly shedding: Pick<LoadShedding, 'refuse'>;
    readonly limits: Limits;
    readonly describeLimit: DescribeLimit;
  },
): Server<SocketConnection> {
  const { operations, schema, counts, callerLimits, turns, shedding, limits, describeLimit } = options;
  const connect = createSocketAdmission(options);
  const ofIncoming = { each: 'addressIncomingBytes', all: 'incomingBytes', code: 'SERVICE_UNAVAILABLE' } as const;
  const kept = createKeptMessages(ofIncoming, limits, describeLimit);
  // SERVICE_UNAVAILABLE would close the connection, which may have other subscriptions.
  const ofOpen = { each: 'callerSubscriptionBytes', code: 'RATE_LIMITED' } as const;
  const keptSubscriptions = {
    verified: createKeptMessages({ ...ofOpen, all: 'subscriptionBytes' }, limits, describeLimit),
    anonymous: createKeptMessages({ ...ofOpen, all: 'anonymousSubscriptionBytes' }, limits, describeLimit),
  };

  async function answerWithin(context: ConnectionContext, id: string, operation: SubscribePayload) {
    const { extra } = context;
    extra.lastOperationMs = Date.now();
    // Called while the message is handled, before anything is waited for.
    const { message = NO_MESSAGE, admitted } = extra;
    const release = admitted ? kept.keep(admitted.holder, message.bytes) : undefined;
    if (release && typeof release !== 'function') return fitted([refuseOperation(release)]);
    try {
      const answered = await answer(context, id, operation, message);
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
    message: SocketMessage,
  ): Promise<ExecutionArgs | readonly GraphQLError[]> {
    const { extra } = context;
    const { socket, admitted, running, awaited } = extra;
    if (!admitted || !awaited) return [new GraphQLError('The connection is closed.')];
    const { holder } = admitted;
    const turnHolder = { name: holder, isKnown: admitted.caller.caller !== undefined };
    const isPatient = isSubscription(operation);
    const refused = refusalAtOnce(context, admitted, isPatient);
    if (refused) return [refuseOperation(refused)];
    const closed = isPatient ? await waitForTurn(context, id, turnHolder) : refusalOfClosed(extra);
    if (closed) return [closed];
    const leave = callerLimits.operations.take(holder);
    if (typeof leave !== 'function') return [refuseOperation(leave)];
    const { signal, end } = awaited.begin(() => isOpen(socket) && id in context.subscriptions);
    const answered = Promise.resolve(isPatient ? undefined : turns.take(turnHolder))
      .then(() => run(operation, extra, { ...admitted, signal, message }))
      .then((outcome) => {
        // A client that leaves ends the events that are being answered. Others have been answered as a whole.
        if (!('rootValue' in outcome && isEvents(outcome.rootValue))) end();
        return outcome;
      })
      .finally(() => {
        leave();
        running.delete(answered);
      });
    running.add(answered);
    return answered;
  }

  function refusalAtOnce({ subscriptions }: ConnectionContext, { caller, holder }: Admitted, isPatient: boolean) {
    const count = Object.keys(subscriptions).length;
    if (count > limits.socketOperations) return describeLimit('socketOperations', count, 'RATE_LIMITED');
    return shedding.refuse(caller.caller !== undefined, isPatient ? undefined : holder);
  }

  /** A client that comes back opens all its subscriptions at once. They wait without a place of the caller. */
  async function waitForTurn({ extra, subscriptions }: ConnectionContext, id: string, holder: TurnHolder) {
    await turns.take(holder);
    // Its client has sent `complete` meanwhile.
    return refusalOfClosed(extra) ?? (id in subscriptions ? undefined : ABANDONED);
  }

  async function run(
    operation: SubscribePayload,
    { request, noteRefusal }: Pick<SocketConnection, 'request' | 'noteRefusal'>,
    { caller, holder, signal, message }: Admitted & { readonly signal: AbortSignal; readonly message: SocketMessage },
  ) {
    const kind = caller.caller ? 'verified' : 'anonymous';
    const subscribe = () => takeSubscription(holder, kind, message);
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

  /** Takes a place and room for a subscription, until it ends. */
  function takeSubscription(holder: string, kind: keyof typeof keptSubscriptions, { keptBytes }: SocketMessage) {
    if (keptBytes === undefined) return describeLimit('subscriptionValues');
    const leave = callerLimits.subscriptions.take(holder);
    if (typeof leave !== 'function') return leave;
    const release = keptSubscriptions[kind].keep(holder, keptBytes);
    if (typeof release === 'function') {
      return () => {
        leave();
        release();
      };
    }
    leave();
    return release;
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
    onError: ({ extra: { socket, isClosing } }, _id, operation, errors) => {
      const unavailable = errors.filter(({ extensions }) => extensions.code === 'SERVICE_UNAVAILABLE');
      if (isClosing || unavailable.length === 0) return;
      // A full server would get the whole connection again, with all its subscriptions.
      const isFull = unavailable.every(({ extensions }) => extensions.limit !== undefined);
      // A subscription that lost its source: clients of graphql-ws come back by themselves, as after every lost connection.
      if (!isFull || isSubscription(operation)) close(socket, UNAVAILABLE);
    },
    onClose: ({ extra: { admitted } }) => {
      admitted?.caller.stop();
      admitted?.leave();
    },
  });
  return withMessages(server, limits);
}

/**
 * Looks at each message before and after it is handled. A message with too many values is not parsed. Any message can be a
 * `complete`. So each one ends the operations that its client no longer waits for.
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
          connection.message = measureMessage(data, values, limits);
          const handled = handle(readMessage(data));
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

/**
 * Parses a message for graphql-ws, which takes objects as well as texts, though its type names texts alone. It holds what it
 * gets for as long as an operation runs, so the text of a subscription would stay in memory beside its values. A text that is
 * no object stays as it is: graphql-ws parses every text, and one inside of a text has values that were not counted.
 */
function readMessage(data: string): string {
  try {
    const message = JSON.parse(data);
    return typeof message === 'object' ? message : data;
  } catch {
    return data;
  }
}

/** Reads only the beginning of the document. A subscription behind a comment or a fragment counts as a query. */
function isSubscription({ query }: SubscribePayload): boolean {
  return query.trimStart().startsWith('subscription');
}

function isEvents(answer: unknown): boolean {
  return isObject(answer) && Symbol.asyncIterator in answer;
}

/** Stands for every operation, because the library needs one for `execute`. By then the answer is known: `rootValue`. */
const ANY_OPERATION = parse('{ __typename }');

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

/** Stands for the message until a connection has sent one. */
const NO_MESSAGE: SocketMessage = { length: 0, bytes: 0, keptBytes: 0 };
