import type { FastifyBaseLogger } from 'fastify';
import type { LimitError } from '../../../config/limit-error.js';
import type { RequestIdentity } from '../../../http/request-scope.js';
import type { LeavePlace } from '../../caller-places.js';
import type { Authenticated } from '../../context.js';

/**
 * Verifies the token of a connection again, mostly from memory and then at once. `refused`: it is no longer good, and the
 * connection is being closed. Never throws or rejects.
 */
export type CurrentCaller = () => Authenticated | 'refused' | Promise<Authenticated | 'refused'>;

/** The client at the other end of a WebSocket. */
export interface SocketClient {
  /** Ids of the handshake, for the log. */
  readonly identity: RequestIdentity;
  /** Name under which the caller's operations are counted. */
  readonly holder: string;
  /** Asked at the beginning and again for each event. */
  readonly current: CurrentCaller;
  /** Takes a place for a subscription, before its source is opened. */
  subscribe(): LeavePlace | LimitError;
  /** Aborted when the client no longer waits for the answer. */
  readonly signal: AbortSignal;
  readonly log: Pick<FastifyBaseLogger, 'debug' | 'info' | 'warn'>;
}
