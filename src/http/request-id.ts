import { randomUUID } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { LIMITS } from '../config/limits.js';

/** Characters that are not escaped in JSON, in a header or in the query language of a log. */
const REQUEST_ID = /^[A-Za-z0-9._:-]+$/;
const MAX_LENGTH = LIMITS.requestIdLength.default;
/** `traceparent` of W3C Trace Context. Version `ff` and ids of zeros are not valid. */
const TRACE_PARENT = /^(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/;

/**
 * Returns the id of a request from its `x-request-id` (1 to 64 letters, digits and `._:-`). If it is missing or of another
 * form, returns the trace id of its `traceparent` (W3C Trace Context) or a random UUID.
 */
export function requestIdOf(headers: IncomingHttpHeaders): string {
  const { 'x-request-id': given } = headers;
  if (typeof given === 'string' && given.length <= MAX_LENGTH && REQUEST_ID.test(given)) return given;
  return traceIdOf(headers) ?? randomUUID();
}

/** Returns the trace id of the request's `traceparent`, if that is valid. */
export function traceIdOf({ traceparent }: IncomingHttpHeaders): string | undefined {
  return typeof traceparent === 'string' ? TRACE_PARENT.exec(traceparent)?.[1] : undefined;
}
