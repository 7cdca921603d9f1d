import { AUTHENTICATION_LIMITS } from '../limits.js';

const MAX_CAUSES = AUTHENTICATION_LIMITS.errorCauses.default;

/**
 * Returns the root cause of an error. `fetch failed` and `Request was cancelled.` say nothing and only wrap another error.
 *
 * @param isPlain whether an error says everything already, so that its causes are not looked at
 */
export function innermostError(error: unknown, isPlain: (error: Error) => boolean = () => false): unknown {
  let inner = error;
  for (let depth = 0; depth < MAX_CAUSES && inner instanceof Error && !isPlain(inner); depth += 1) {
    if (!(inner.cause instanceof Error)) return inner;
    inner = inner.cause;
  }
  return inner;
}

/** Values of `code` in Node and undici when an established connection is closed. */
const CLOSED = /^(ECONNRESET|EPIPE|UND_ERR_SOCKET)$/;
/**
 * `80EC…:error:0A00010B:SSL routines:ssl3_get_record:wrong version number:../deps/…`: the last but one part is the reason.
 */
const OPENSSL = /:SSL routines:[^:]*:([^:]+)/;

/**
 * Returns the message in one line. A host with several addresses fails at each of them, in one error that has no message.
 */
export function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return 'failed';
  if (error instanceof AggregateError) return error.errors.map((one) => messageOf(one)).join(', ');
  const message = error.message.trim();
  if (CLOSED.test(Object(error).code)) return `the connection was made, and closed too soon: ${message}`;
  const [, tls] = OPENSSL.exec(message) ?? [];
  return tls ? `TLS cannot be spoken there: ${tls}` : message;
}
