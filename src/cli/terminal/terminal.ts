import type { ServedApi } from '../../served-api.js';
import { type Colours, createColours } from './colours.js';
import { withoutTokens } from './without-tokens.js';

/** The process as a command may use it. `src/main.ts` makes the real one and tests make their own. */
export interface Terminal {
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** The program file: `src/main.ts` or `dist/main.js`. */
  readonly program: string;
  /** The folder the command was called in. */
  readonly folder: string;
  /**
   * Loads the API that the commands are for. If `prepareToServe` is called, this must come after it: libraries read
   * `NODE_ENV` when they are loaded.
   */
  loadApi(): Promise<ServedApi>;
  /** Prints to standard output, with a line end. Access tokens in the text are left out. */
  print(text: string): void;
  /** The same for a reader who goes to another folder: commands in the text stay as they are. */
  printForElsewhere(text: string): void;
  /** The same to standard error. */
  printError(text: string): void;
  /** Prints what is an access token, or holds one so that it can be used. */
  printWithTokens(text: string): void;
  /** Reads standard input, at most {@link MAX_INPUT_BYTES}. Rejects with a RangeError when there is more. */
  readInput(): Promise<string>;
  /** A person reads the output, not a program. */
  readonly isInteractive: boolean;
  /** Colours of standard output. They do nothing where it is not coloured. */
  readonly colours: Colours;
  /** Waits for `work`. After a second it prints what it waits for. */
  during<T>(says: string, work: Promise<T>): Promise<T>;
  /** Calls `last` when the process ends, however it does. What `last` begins and does not finish is lost. */
  onExit(last: () => void): void;
  /**
   * Makes this process one that answers requests for a long time. Sets `NODE_ENV` to production for libraries that are
   * loaded from now on, unless the user has set it. Otherwise graphql-js runs checks for developers at every value.
   * `environment` stays what the user gave. And what an answer is made of stays among V8's short-lived objects.
   */
  prepareToServe(): void;
  /**
   * Has signals (Ctrl-C, SIGTERM) abort `stopped` from now on. Without it they end the process, as is right for a command
   * that has nothing to finish.
   */
  handleSignals(): void;
  /**
   * Aborts `stopped` when the process that started this one has ended.
   *
   * @returns a function that sends it a message
   */
  followParent(): (message: object) => void;
  /** Aborted when the process is asked to stop, or when its output has no reader any more. */
  readonly stopped: AbortSignal;
}

/**
 * Creates a terminal over functions that print a text as it is. Settings, claims and errors repeat what users paste. A token
 * in them would stay in the logs of a build. Only `printWithTokens` prints tokens.
 */
export function createTerminal({ showStatus, hasColours = false, ...parts }: TerminalParts): Terminal {
  return {
    ...parts,
    colours: createColours(hasColours),
    during: (says, work) => whileShown(showStatus, says, work),
    print: (text) => parts.print(withoutTokens(text)),
    printForElsewhere: (text) => parts.printForElsewhere(withoutTokens(text)),
    printError: (text) => parts.printError(withoutTokens(text)),
    printWithTokens: parts.print,
  };
}

/** Functions and facts of a process. */
export interface TerminalParts extends Omit<Terminal, 'printWithTokens' | 'colours' | 'during'> {
  readonly hasColours?: boolean;
  /** Shows a line that the next one replaces. Undefined takes it away. Left out where no person looks. */
  readonly showStatus?: (text: string | undefined) => void;
}

/** Delay before the status is shown. A quick command needs none. */
const SHOWN_AFTER_MS = 1_000;

async function whileShown<T>(show: TerminalParts['showStatus'], says: string, work: Promise<T>): Promise<T> {
  let isShown = false;
  const timer = setTimeout(() => {
    isShown = true;
    show?.(says);
  }, SHOWN_AFTER_MS);
  try {
    return await work;
  } finally {
    clearTimeout(timer);
    if (isShown) show?.(undefined);
  }
}

/** More than any access token has, and little enough to read by mistake. */
export const MAX_INPUT_BYTES = 20_000;

/**
 * Reads a stream to its end as text.
 *
 * @throws RangeError when it is longer than {@link MAX_INPUT_BYTES}
 */
export async function readBounded(stream: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of stream) {
    length += chunk.length;
    if (length > MAX_INPUT_BYTES) throw new RangeError(`more than ${MAX_INPUT_BYTES} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** Resolves when the process is asked to stop. */
export function untilStopped({ stopped }: Terminal): Promise<void> {
  if (stopped.aborted) return Promise.resolve();
  return new Promise((resolve) => stopped.addEventListener('abort', () => resolve(), { once: true }));
}

/** The line for a stop before the server was ready, which is not a failure. */
export const STOPPED_EARLY = 'Stopped before the server was ready.';
