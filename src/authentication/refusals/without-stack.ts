/** Calls `run`, which is not async. Errors have no stack trace meanwhile: it costs 10 to 15 µs. */
export function withoutStack<T>(run: () => T): T {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;
  try {
    return run();
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
}
