import { EntraError } from '../entra-error.js';

/** The parameters of an OAuth request from a query or a form body. Empty ones count as absent (RFC 6749 s.3.1). */
export type Parameters = Readonly<Record<string, string | undefined>>;

/**
 * Reads `application/x-www-form-urlencoded` text.
 *
 * @throws EntraError `malformedRequest` when a parameter occurs twice (RFC 6749 s.3.1)
 */
export function parseParameters(text: string): Parameters {
  const entries = [...new URLSearchParams(text)].filter(([, value]) => value !== '');
  if (new Set(entries.map(([name]) => name)).size < entries.length) {
    throw new EntraError('malformedRequest', 'A parameter occurs more than once.');
  }
  return Object.fromEntries(entries);
}

/** @throws EntraError `missingParameter` */
export function requireParameter(parameters: Parameters, name: string): string {
  const value = parameters[name];
  if (value === undefined) throw new EntraError('missingParameter', `The request lacks ${name}.`);
  return value;
}
