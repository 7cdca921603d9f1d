import { DocumentError } from './fetch/bounded-fetch.js';
import { fetchAdvice } from './fetch/fetch-advice.js';

/**
 * Where this folder's log lines go; a pino logger fits, and so does `console`. `message` is one of a few fixed texts,
 * `fields` a flat object of strings and numbers, which never hold a token or personal data. The lines are about keys and
 * refused tokens (at most one a minute for each code). A method must not throw.
 */
export interface AuthenticationLogger {
  /** `signing keys refreshed` (`version` of the tokens they are for; how many `keys` there are, and how many `unusable`). */
  info(fields: object, message: string): void;
  /**
   * `signing key not used` (`version`, `kid`, `reason`), at most ten a refresh; `signing keys could not be fetched`
   * (`version`, `reason`, and if a document is to blame its `address` and a `hint`), after which it is tried again; `access token refused` and `access token
   * could not be verified` (`code`, `hint` and what `AccessTokenDetails` allows; `leftOut`: how many with this code were not
   * logged since its last line).
   */
  warn(fields: object, message: string): void;
  /** Nothing so far: what fails here is tried again, and what is served meanwhile comes from memory. */
  error(fields: object, message: string): void;
}

/**
 * The logger of a library whose user gave none: warnings and errors on the console, with the package's name before them.
 * Problems would else be invisible, and a refused token tells its client nothing.
 */
export const consoleLogger: AuthenticationLogger = {
  info: ignore,
  // biome-ignore lint/suspicious/noConsole: the only place to which a library can write
  warn: (fields, message) => console.warn(`entra-graphql: ${message} ${JSON.stringify(fields)}`),
  // biome-ignore lint/suspicious/noConsole: the only place to which a library can write
  error: (fields, message) => console.error(`entra-graphql: ${message} ${JSON.stringify(fields)}`),
};

/** A logger that drops everything. */
export const silentLogger: AuthenticationLogger = { info: ignore, warn: ignore, error: ignore };

function ignore(): void {}

/** Describes a failed fetch: which address this server could not read, why, and what to do about it. */
export function describeError(error: unknown): {
  readonly address?: string;
  readonly reason: string;
  readonly hint?: string;
} {
  if (error instanceof DocumentError) {
    return { address: error.address, reason: error.reason, hint: fetchAdvice(error) };
  }
  return { reason: error === undefined ? 'not fetched yet' : String(error) };
}
