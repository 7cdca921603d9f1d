/** A GUID as Entra writes it. */
export const LOWER_CASE_GUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** Returns `value` in lower case if it is a GUID and undefined otherwise. */
export function parseGuid(value: unknown): string | undefined {
  const text = typeof value === 'string' ? value.toLowerCase() : '';
  return LOWER_CASE_GUID.test(text) ? text : undefined;
}
