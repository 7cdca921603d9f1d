import { DocumentError } from './fetch/bounded-fetch.js';
import { fetchAdvice } from './fetch/fetch-advice.js';

/**
 * Receives the log lines of this folder. A pino logger fits and so does `console`. `message` is one of a few fixed texts.
 * `fields` is a flat object of strings and numbers and never holds a token or personal data. The lines are about keys,
 * refused tokens, and lookups of groups and tenants that fail (at most one a minute for each code). With several
 * authorities, the lines about keys have the `authority`. A method must not throw.
 */
export interface AuthenticationLogger {
  /** `signing keys refreshed` has the `version` of the tokens, the number of `keys` and how many of them are `unusable`. */
  info(fields: object, message: string): void;
  /**
   * `signing key not used` has `version`, `kid` and `reason`. It is logged at most ten times a refresh.
   *
   * `signing keys could not be fetched` has `version` and `reason`. It also has an `address` and a `hint` if a document is
   * to blame. The fetch is tried again.
   *
   * `access token refused` and `access token could not be verified` have `code`, `hint` and what `AccessTokenDetails`
   * allows. `leftOut` says how many with this code were not logged since its last line.
   */
  warn(fields: object, message: string): void;
  /** Currently unused. Failures are retried and keys in memory stay in use meanwhile. */
  error(fields: object, message: string): void;
}

/**
 * The default logger of the library. It writes warnings and errors to the console, with the package's name before them.
 * Without it problems would be invisible, because a client does not learn why its token was refused.
 */
export const consoleLogger: AuthenticationLogger = {
  info: ignore,
  // biome-ignore lint/suspicious/noConsole: the only place to which a library can write
  warn: (fields, message) => console.warn(`entra-graphql: ${message} ${JSON.stringify(fields)}`),
  // biome-ignore lint/suspicious/noConsole: the only place to which a library can write
  error: (fields, message) => console.error(`entra-graphql: ${message} ${JSON.stringify(fields)}`),
};

/** Returns the logger. If there are several authorities, its lines of `info` and `warn` name this one. */
export function withAuthority(logger: AuthenticationLogger, authority: string | undefined): AuthenticationLogger {
  if (authority === undefined) return logger;
  return {
    info: (fields, message) => logger.info({ authority, ...fields }, message),
    warn: (fields, message) => logger.warn({ authority, ...fields }, message),
    error: logger.error.bind(logger),
  };
}

/** A logger that drops everything. */
export const silentLogger: AuthenticationLogger = { info: ignore, warn: ignore, error: ignore };

function ignore(): void {}

/** Describes a failed fetch: the address that this server could not read with the reason and the remedy. */
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
