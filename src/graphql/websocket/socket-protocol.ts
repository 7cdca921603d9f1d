import type { FastifyBaseLogger, FastifyRequest } from 'fastify';
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
import type { Authentication } from '../../authentication/authentication.js';
import { clientAddress } from '../../http/client-address.js';
import type { ServerCounts } from '../../http/server-counts.js';
import { codeOfRefusedToken, logRefusedToken } from '../refusals/refused-token-log.js';
import {
  type CloseReason,
  closeReasonOf,
  closeReasonOfEnd,
  closeReasonOfFailures,
  identifySocketCaller,
  type SocketCaller,
  TRY_AGAIN_LATER,
} from './socket-caller.js';
import type { SocketFailures } from './socket-failures.js';
import type { SocketOperations } from './socket-operations.js';

/** What the protocol keeps of one connection. */
export interface SocketConnection {
  readonly socket: WebSocket;
  /** The handshake. */
  readonly request: FastifyRequest;
  /** Set by `connection_init`. */
  caller?: SocketCaller;
}

type ConnectionContext = Context<ConnectionInitMessage['payload'], SocketConnection>;

const INIT_TIMEOUT_MS = 5_000;
const MAX_OPERATIONS = 20;

/**
 * The protocol graphql-transport-ws for connections that `websocket-route.ts` accepted. The access token comes in the
 * payload of `connection_init` (`authorization`: "Bearer …") or in the header of the handshake, not in both.
 */
export function createSocketProtocol(options: {
  readonly operations: SocketOperations;
  readonly authenticate: Authentication['authenticate'];
  readonly failures: SocketFailures;
  readonly schema: GraphQLSchema;
  readonly log: Pick<FastifyBaseLogger, 'debug' | 'warn' | 'error'>;
  readonly counts: Pick<ServerCounts, 'refusedTokens'>;
}): Server<SocketConnection> {
  const { operations, authenticate, failures, schema, log, counts } = options;
  const answers = new WeakMap<ExecutionArgs, OperationResult>();

  async function connect({ connectionParams, extra }: ConnectionContext): Promise<boolean> {
    const { socket, request } = extra;
    const { rawHeaders, url } = request.raw;
    const credentials = { rawHeaders: [...rawHeaders, ...authorizationOf(connectionParams)], url };
    const secondsToWait = await failures.secondsToWait(request, credentials);
    if (secondsToWait > 0) {
      close(socket, closeReasonOfFailures(secondsToWait));
      return false;
    }
    try {
      const from = { source: clientAddress(request) };
      const caller = await identifySocketCaller({
        credentials,
        authenticate: (sent) => authenticate(sent, from),
        end: (error) => end(socket, error),
      });
      // It may have gone while its token was verified, and then nobody would stop the timer.
      if (isOpen(socket)) extra.caller = caller;
      else caller.stop();
      return true;
    } catch (error) {
      refuse(socket, error);
      await failures.count(request, error);
      return false;
    }
  }

  /**
   * It is not counted as a failure: tokens of many good clients that share an address can end in one minute, and their new
   * ones have to be verified.
   */
  function end(socket: WebSocket, error: unknown): void {
    if (isOpen(socket)) refuse(socket, error, closeReasonOfEnd(error));
  }

  function refuse(socket: WebSocket, error: unknown, reason = closeReasonOf(error)): void {
    counts.refusedTokens.add(codeOfRefusedToken(error));
    logRefusedToken(log, error);
    close(socket, reason);
  }

  async function answer(
    { extra: { socket, caller }, subscriptions }: ConnectionContext,
    operation: SubscribePayload,
  ): Promise<ExecutionArgs | readonly GraphQLError[]> {
    if (!caller || !isOpen(socket)) return [new GraphQLError('The connection is closed.')];
    if (Object.keys(subscriptions).length > MAX_OPERATIONS) return [tooManyOperations()];
    try {
      const answered = await operations.run(operation, caller.current);
      if (answered.kind === 'errors') return answered.errors;
      if (answered.kind === 'events') log.debug('subscription opened');
      const args = { schema, document: PLACEHOLDER };
      answers.set(args, answered.kind === 'result' ? answered.result : answered.events);
      return args;
    } catch (error) {
      log.error({ err: error }, 'an operation over WebSocket failed');
      return [new GraphQLError('Internal server error', { extensions: { code: 'INTERNAL_SERVER_ERROR' } })];
    }
  }

  return makeServer<ConnectionInitMessage['payload'], SocketConnection>({
    connectionInitWaitTimeout: INIT_TIMEOUT_MS,
    onConnect: connect,
    onSubscribe: (context, _id, operation) => answer(context, operation),
    execute: (args) => answers.get(args) ?? { errors: [] },
    onError: ({ extra: { socket } }, _id, _operation, errors) => {
      // A subscription that lost its source: clients of graphql-ws come back by themselves, as after every lost connection.
      if (errors.some(({ extensions }) => extensions.code === 'SERVICE_UNAVAILABLE')) close(socket, UNAVAILABLE);
    },
    onClose: ({ extra: { caller } }) => caller?.stop(),
  });
}

/** All that the library asks it is whether there is an operation; what runs is the answer of `SocketOperations`. */
const PLACEHOLDER = parse('{ __typename }');

const UNAVAILABLE: CloseReason = { code: TRY_AGAIN_LATER, reason: 'The server cannot answer this now' };

function isOpen(socket: WebSocket): boolean {
  return socket.readyState === socket.OPEN;
}

function close(socket: WebSocket, { code, reason }: CloseReason): void {
  if (isOpen(socket)) socket.close(code, reason);
}

/** In the form of raw headers, so that one reader judges all of them, and finds a second one. */
function authorizationOf(payload: Readonly<Record<string, unknown>> | undefined): string[] {
  return Object.entries(payload ?? {})
    .filter(([name]) => name.toLowerCase() === 'authorization')
    .flatMap(([name, value]) => [name, typeof value === 'string' ? value : '']);
}

function tooManyOperations(): GraphQLError {
  return new GraphQLError(`At most ${MAX_OPERATIONS} operations can run at once on one connection.`, {
    extensions: { code: 'TOO_MANY_OPERATIONS' },
  });
}
