import { setMaxListeners } from 'node:events';
import { boundedSignal, type Fetch, readText } from '../authentication/fetch/bounded-fetch.js';
import { parseJsonObject } from '../authentication/json-object.js';
import { createCallerTurns } from './caller-turns.js';
import { DownstreamBusyError, DownstreamUnavailableError } from './token-errors.js';

/** An answer of another API. Its body is a JSON object. */
export interface TransportAnswer {
  readonly status: number;
  readonly body: Record<string, unknown>;
  /** Header `WWW-Authenticate`. */
  readonly challenge?: string;
}

/** A request to another API. */
export interface TransportRequest {
  readonly method: 'GET' | 'POST';
  readonly headers: Record<string, string>;
  readonly body?: string | undefined;
  /** The caller that asks, whose share it counts for. Default: none, as for what all callers have in common. */
  readonly caller?: string | undefined;
}

/**
 * Sends a request. Waits for its turn if its caller has too many under way. Rejects with DownstreamUnavailableError for an
 * outage: no answer, an answer without JSON, status 429, a status from 500, or too many requests under way or waiting.
 */
export type Transport = (address: string, request: TransportRequest) => Promise<TransportAnswer>;

export interface TransportBounds {
  readonly timeoutMs: number;
  readonly maxBytes: number;
  /** Requests under way at once. */
  readonly maxRequests: number;
  /** Requests of one caller under way at once. */
  readonly maxOfCaller: number;
  /** Requests of one caller that wait for their turn. */
  readonly maxWaitingOfCaller: number;
  /** Aborted when the server ends. */
  readonly signal: AbortSignal;
  onOutage?(error: DownstreamUnavailableError): void;
}

/** Creates the one function of this room that speaks HTTP. It follows no redirect. */
export function createTransport(
  fetch: Fetch,
  { maxBytes, maxRequests, maxOfCaller, maxWaitingOfCaller, onOutage, ...bounds }: TransportBounds,
): Transport {
  const turns = createCallerTurns({ maxUnderWay: maxOfCaller, maxWaiting: maxWaitingOfCaller });
  let underWay = 0;
  // Each request listens, and Node warns of a leak from the eleventh on.
  setMaxListeners(0, bounds.signal);
  const send: Transport = async (address, { method, headers, body }) => {
    const { signal, done } = boundedSignal(bounds);
    const { host } = new URL(address);
    try {
      const init = { method, headers: { accept: 'application/json', ...headers }, redirect: 'manual', signal } as const;
      const response = await fetch(address, body === undefined ? init : { ...init, body });
      const { status } = response;
      if (status === 429 || status >= 500) throw new DownstreamUnavailableError(`${host} answered ${status}`);
      const answer = parseJsonObject(await readText(response.body, { maxBytes, signal }));
      if (!answer) throw new DownstreamUnavailableError(`${host} answered ${status} without a JSON object`);
      const challenge = response.headers.get('www-authenticate');
      return { status, body: answer, ...(challenge !== null && { challenge }) };
    } catch (error) {
      if (error instanceof DownstreamUnavailableError) throw error;
      throw new DownstreamUnavailableError(`${host} cannot be reached: ${Object(error).message}`);
    } finally {
      done();
    }
  };
  const sendNow: Transport = async (address, request) => {
    underWay += 1;
    try {
      if (underWay > maxRequests) throw new DownstreamBusyError('too many requests to other APIs are under way');
      return await send(address, request);
    } finally {
      underWay -= 1;
    }
  };
  return async (address, request) => {
    try {
      const end = await turns.take(request.caller);
      return await sendNow(address, request).finally(end);
    } catch (error) {
      if (error instanceof DownstreamUnavailableError) onOutage?.(error);
      throw error;
    }
  };
}
