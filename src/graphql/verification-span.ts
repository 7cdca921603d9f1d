import { context as activeContext, SpanStatusCode, trace } from '@opentelemetry/api';
import { recordedCodeOf } from '../http/operation-record.js';
import { findTracer } from './apollo/operation-span.js';

/** Runs the part of a verification that waits for signing keys. */
export type WhileFetching = <T>(fetching: () => Promise<T>) => Promise<T>;

/**
 * Makes a span of each verification of an access token that waits for signing keys. The others take microseconds and have
 * none. The span has the code of the error and nothing of the token.
 *
 * @param scope name and version of this server
 */
export function createVerificationSpans(scope: Parameters<typeof findTracer>[0]): WhileFetching {
  return async (fetching) => {
    const span = findTracer(scope)?.startSpan('verify access token');
    if (!span) return fetching();
    try {
      return await activeContext.with(trace.setSpan(activeContext.active(), span), fetching);
    } catch (error) {
      span.setAttribute('error.type', recordedCodeOf({ extensions: Object(error) }));
      span.setStatus({ code: SpanStatusCode.ERROR });
      throw error;
    } finally {
      span.end();
    }
  };
}
