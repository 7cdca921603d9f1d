/** A setting that cannot be right beside another one. It has the text that follows the word "expected". */
export interface Contradiction {
  readonly name: string;
  readonly expected: string;
}

/**
 * Finds settings that contradict each other. A setting that has the wrong form by itself contradicts nothing.
 *
 * @param values settings with their defaults; undefined for those of the wrong form
 * @param isSound returns whether a setting has the right form or is left out
 * @param given settings as they were given
 */
export type FindContradictions<Values> = (
  values: Partial<Values>,
  isSound: (name: string) => boolean,
  given: Readonly<Record<string, unknown>>,
) => readonly Contradiction[];

/** Two settings. The first has no effect above the second. */
type Pair = readonly [part: string, whole: string];

/** Parts that are above their whole contradict each other only if both are given: a default gives way to what is set. */
const PARTS: readonly Pair[] = [
  ['LIMIT_CONNECTIONS_PER_ADDRESS', 'LIMIT_CONNECTIONS'],
  ['LIMIT_VERIFIED_SOCKETS', 'LIMIT_CONNECTIONS'],
  ['LIMIT_ANONYMOUS_SOCKETS', 'LIMIT_CONNECTIONS'],
  ['LIMIT_CALLER_SOCKETS', 'LIMIT_VERIFIED_SOCKETS'],
  ['LIMIT_CALLER_CONNECTIONS', 'DATABASE_POOL_SIZE'],
  ['LIMIT_STATEMENT_SECONDS', 'LIMIT_OPERATION_SECONDS'],
  ['LIMIT_SUBSCRIPTION_COST', 'LIMIT_OPERATION_COST'],
  ['LIMIT_DOCUMENT_BYTES', 'LIMIT_REQUEST_BODY_BYTES'],
  ['LIMIT_REQUEST_BODY_BYTES', 'LIMIT_INCOMING_BYTES'],
];

/** Finds settings that are above one that bounds them, and others that do not fit together. */
export const findServerContradictions: FindContradictions<ShutdownSettings & ExplorerSettings> = (
  values,
  isSound,
  given,
) => {
  const tooHigh = PARTS.filter(
    ([part, whole]) => isSound(part) && isSound(whole) && Number(given[part]) > Number(given[whole]),
  );
  return [
    ...tooHigh.map(([part, whole]) => {
      return { name: part, expected: `at most ${whole}, which is ${JSON.stringify(given[whole])}` };
    }),
    ...shutdownContradictions(values),
    ...explorerContradictions(values),
    ...trustedDocumentContradictions(given),
  ];
};

/** Without a file, documents would be checked against nothing. */
function trustedDocumentContradictions({
  TRUSTED_DOCUMENTS: mode = 'off',
  TRUSTED_DOCUMENTS_FILE: file,
}: Readonly<Record<string, unknown>>): readonly Contradiction[] {
  if ((mode === 'log' || mode === 'only') && file === undefined) {
    return [{ name: 'TRUSTED_DOCUMENTS', expected: `${mode} together with TRUSTED_DOCUMENTS_FILE` }];
  }
  return [];
}

/** The client of the page `/explorer`, beside the ids that decide whether its tokens are accepted. */
interface ExplorerSettings {
  readonly EXPLORER_CLIENT_ID?: string | undefined;
  readonly ENTRA_TENANT_ID: string;
  readonly ENTRA_ALLOWED_CLIENTS?: readonly string[] | undefined;
}

function explorerContradictions({
  EXPLORER_CLIENT_ID: client,
  ENTRA_TENANT_ID: tenant,
  ENTRA_ALLOWED_CLIENTS: allowed,
}: Partial<ExplorerSettings>): readonly Contradiction[] {
  const name = 'EXPLORER_CLIENT_ID';
  if (client === undefined) return [];
  if (client === tenant) {
    return [{ name, expected: 'a client id of an application, because this is the id in ENTRA_TENANT_ID' }];
  }
  if (allowed === undefined || allowed.includes(client)) return [];
  return [{ name, expected: 'a client that ENTRA_ALLOWED_CLIENTS names too, because no other client may call' }];
}

/** The times of a shutdown, in seconds after SIGTERM. */
interface ShutdownSettings {
  readonly SHUTDOWN_DELAY_SECONDS: number;
  readonly SHUTDOWN_LIMIT_SECONDS: number;
}

export const SHUTDOWN_LIMIT_SECONDS = 25;

/**
 * Returns the problem with the times of a shutdown, at one of the settings that were given. A limit within the delay would
 * cut off requests that the server still takes.
 */
function shutdownContradictions({
  SHUTDOWN_DELAY_SECONDS: delay,
  SHUTDOWN_LIMIT_SECONDS: limit,
}: Partial<ShutdownSettings>): readonly Contradiction[] {
  if (delay === undefined || limit === undefined || limit > delay) return [];
  if (limit === SHUTDOWN_LIMIT_SECONDS) {
    return [
      { name: 'SHUTDOWN_DELAY_SECONDS', expected: `fewer seconds than SHUTDOWN_LIMIT_SECONDS, which is ${limit}` },
    ];
  }
  return [{ name: 'SHUTDOWN_LIMIT_SECONDS', expected: `more seconds than SHUTDOWN_DELAY_SECONDS, which is ${delay}` }];
}
