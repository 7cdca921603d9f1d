import { createHash } from 'node:crypto';

/** A GUID as Entra writes it. */
export const LOWER_CASE_GUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** Returns `value` in lower case if it is a GUID and undefined otherwise. */
export function parseGuid(value: unknown): string | undefined {
  const text = typeof value === 'string' ? value.toLowerCase() : '';
  return LOWER_CASE_GUID.test(text) ? text : undefined;
}

/** Returns a GUID of version 8, which is made from a hash (RFC 9562 s.5.8): the same each time. */
export function guidFrom(text: string): string {
  const hex = createHash('sha256').update(`entra-graphql ${text}`).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
