import type { FastifyRequest } from 'fastify';
import type { ConnectionInitMessage, Context } from 'graphql-ws';
import type { WebSocket } from 'ws';
import type { LeavePlace } from '../caller-places.js';
import type { SocketCaller } from './admission/socket-caller.js';
import type { SocketMessage } from './bounds/kept-messages.js';
import type { CloseReason } from './close-reasons.js';
import type { AwaitedOperations } from './operations/awaited-operations.js';

export interface SocketConnection {
  readonly socket: WebSocket;
  /** The handshake. */
  readonly request: FastifyRequest;
  /** Operations that are being answered. Subscriptions count until their source is open. */
  readonly running: Set<Promise<unknown>>;
  lastOperationMs?: number;
  /** Set when the protocol begins. */
  awaited?: AwaitedOperations;
  /** Set when messages begin to come: counts a refused operation. */
  noteRefusal?(): void;
  /** The one that is being handled. */
  message?: SocketMessage;
  /** The server stops: running operations are answered and new ones are refused. */
  isClosing: boolean;
  /** Set by `connection_init`. */
  admitted?: Admitted;
}

/** A connection whose caller is known and which has a place. */
export interface Admitted {
  readonly caller: SocketCaller;
  /** The name under which the caller's operations and subscriptions are counted. */
  readonly holder: string;
  readonly leave: LeavePlace;
}

export type ConnectionContext = Context<ConnectionInitMessage['payload'], SocketConnection>;

export function isOpen(socket: WebSocket): boolean {
  return socket.readyState === socket.OPEN;
}

/** Closes a connection that is open. */
export function close(socket: WebSocket, { code, reason }: CloseReason): void {
  if (isOpen(socket)) socket.close(code, reason);
}
