import { randomUUID } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { LIMITS } from '../config/limits.js';

/** Characters that need no escape in JSON, in a header, or in the query language of a log. */
const REQUEST_ID = /^[A-Za-z0-9._:-]+$/;
const MAX_LENGTH = LIMITS.requestIdLength.default;
/** W3C Trace Context: version, trace id, parent id, flags. */
const TRACE_PARENT = /^[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}$/;
const NO_TRACE = '0'.repeat(32);

/**
 * Returns the id of a request: its `x-request-id` (1 to 64 letters, digits and `._:-`), else the trace id of its
 * `traceparent` (W3C Trace Context), else a random UUID. A header of another form is ignored.
 */
export function requestIdOf(headers: IncomingHttpHeaders): string {
  const { 'x-request-id': given, traceparent } = headers;
  if (typeof given === 'string' && given.length <= MAX_LENGTH && REQUEST_ID.test(given)) return given;
  const traceId = typeof traceparent === 'string' ? TRACE_PARENT.exec(traceparent)?.[1] : undefined;
  return traceId === undefined || traceId === NO_TRACE ? randomUUID() : traceId;
}
