import { DocumentError } from './keys/bounded-fetch.js';

/** Where this folder's log lines go; a pino logger fits. Fields never hold a token or personal data. */
export interface AuthenticationLogger {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** A logger that drops everything. */
export const silentLogger: AuthenticationLogger = { info: ignore, warn: ignore, error: ignore };

function ignore(): void {}

/** What may be said of a failed fetch: which address this server could not read, and why. */
export function describeError(error: unknown): { readonly address?: string; readonly reason: string } {
  if (error instanceof DocumentError) return { address: error.address, reason: error.reason };
  return { reason: error === undefined ? 'not fetched yet' : String(error) };
}
