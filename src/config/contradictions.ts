/** Two settings. The first has no effect above the second. */
type Pair = readonly [part: string, whole: string];

/** Parts that are above their whole contradict each other only if both are given: a default gives way to what is set. */
const PARTS: readonly Pair[] = [
  ['LIMIT_CONNECTIONS_PER_ADDRESS', 'LIMIT_CONNECTIONS'],
  ['LIMIT_VERIFIED_SOCKETS', 'LIMIT_CONNECTIONS'],
  ['LIMIT_ANONYMOUS_SOCKETS', 'LIMIT_CONNECTIONS'],
  ['LIMIT_OPENING_SOCKETS', 'LIMIT_CONNECTIONS'],
  ['LIMIT_CALLER_SOCKETS', 'LIMIT_VERIFIED_SOCKETS'],
  ['LIMIT_ANONYMOUS_IDLE_SECONDS', 'LIMIT_ANONYMOUS_SOCKET_SECONDS'],
  ['LIMIT_CALLER_CONNECTIONS', 'DATABASE_POOL_SIZE'],
  ['LIMIT_EVENT_CONNECTIONS', 'DATABASE_POOL_SIZE'],
  ['LIMIT_STATEMENT_SECONDS', 'LIMIT_OPERATION_SECONDS'],
  ['LIMIT_CALLER_QUEUE_SECONDS', 'LIMIT_OPERATION_SECONDS'],
  ['LIMIT_DATABASE_QUEUE_SECONDS', 'LIMIT_OPERATION_SECONDS'],
  ['LIMIT_SUBSCRIPTION_COST', 'LIMIT_OPERATION_COST'],
  ['LIMIT_DOCUMENT_BYTES', 'LIMIT_REQUEST_BODY_BYTES'],
  ['LIMIT_REQUEST_BODY_BYTES', 'LIMIT_INCOMING_BYTES'],
  ['LIMIT_VARIABLE_VALUES', 'LIMIT_REQUEST_VALUES'],
  ['LIMIT_SUBSCRIPTION_VALUES', 'LIMIT_REQUEST_VALUES'],
  ['LIMIT_ANSWER_BYTES', 'LIMIT_BUFFERED_BYTES'],
  ['LIMIT_ANSWER_BYTES', 'LIMIT_SOCKET_BUFFERED_BYTES'],
];

/** Returns a line for each setting that is above one that bounds it. Values that are not numbers are reported elsewhere. */
export function partsAboveWholes(given: Readonly<Record<string, unknown>>): string[] {
  return PARTS.filter(([part, whole]) => Number(given[part]) > Number(given[whole])).map(
    ([part, whole]) =>
      `${part}: got ${JSON.stringify(given[part])}; expected at most ${whole}, which is ${JSON.stringify(given[whole])}`,
  );
}

/** The times of a shutdown, in seconds after SIGTERM. */
interface ShutdownSettings {
  readonly SHUTDOWN_DELAY_SECONDS: number;
  readonly SHUTDOWN_LIMIT_SECONDS: number;
}

/** The default of `SHUTDOWN_LIMIT_SECONDS`. */
export const SHUTDOWN_LIMIT_SECONDS = 25;

/**
 * Returns what is wrong with the times of a shutdown, and the setting to change: one that was given. A limit within the
 * delay would cut off requests that the server still takes.
 */
export function shutdownProblem({
  SHUTDOWN_DELAY_SECONDS: delay,
  SHUTDOWN_LIMIT_SECONDS: limit,
}: ShutdownSettings): { readonly name: keyof ShutdownSettings; readonly expected: string } | undefined {
  if (limit > delay) return undefined;
  if (limit === SHUTDOWN_LIMIT_SECONDS) {
    return { name: 'SHUTDOWN_DELAY_SECONDS', expected: `fewer seconds than SHUTDOWN_LIMIT_SECONDS, which is ${limit}` };
  }
  return { name: 'SHUTDOWN_LIMIT_SECONDS', expected: `more seconds than SHUTDOWN_DELAY_SECONDS, which is ${delay}` };
}
