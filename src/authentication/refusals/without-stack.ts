/**
 * Calls `run`. Errors that are created meanwhile have no stack trace. It is for errors whose message is sufficient: attackers
 * can cause thousands of them, and a stack costs 10 to 15 µs.
 *
 * @param run not async, because other code would run without stack traces too
 */
export function withoutStack<T>(run: () => T): T {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;
  try {
    return run();
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
}
