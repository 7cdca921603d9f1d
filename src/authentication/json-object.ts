/** A JSON object of which nothing is known yet. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** Whether `value` is a JSON object: neither null nor an array. */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The JSON object written in `text`, or undefined when `text` is anything else. */
export function parseJsonObject(text: string): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isJsonObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Whether a member name occurs twice at the top of `object`, the result of parsing `text`: written twice, however
 * escaped, or in two spellings that differ in case only. Parsers disagree on which of two members counts, so a token
 * with such a pair says one thing to us and another to the next service (RFC 7519 s.4 lets us refuse it).
 */
export function hasRepeatedMember(text: string, object: JsonObject): boolean {
  const names = Object.keys(object);
  if (countMembers(text) !== names.length) return true;
  return names.some((name) => {
    const lowerCase = name.toLowerCase();
    return lowerCase !== name && Object.hasOwn(object, lowerCase);
  });
}

const QUOTE = 0x22;
const COLON = 0x3a;
const BACKSLASH = 0x5c;
/** `[` and `{`, `]` and `}` differ in this bit only, and no other characters outside strings become one of them. */
const BRACE_BIT = 0x20;
const OPENING_BRACE = 0x7b;
const CLOSING_BRACE = 0x7d;

/** Members at the top level of an object's JSON text: its colons outside strings and nested values. */
function countMembers(text: string): number {
  let count = 0;
  let depth = 0;
  for (let index = 0; index < text.length; index += 1) {
    const character = text.charCodeAt(index);
    if (character === QUOTE) index = endOfString(text, index);
    else if (character === COLON && depth === 1) count += 1;
    else if ((character | BRACE_BIT) === OPENING_BRACE) depth += 1;
    else if ((character | BRACE_BIT) === CLOSING_BRACE) depth -= 1;
  }
  return count;
}

function endOfString(text: string, start: number): number {
  let end = text.indexOf('"', start + 1);
  while (isEscaped(text, end)) end = text.indexOf('"', end + 1);
  return end;
}

function isEscaped(text: string, position: number): boolean {
  let backslashes = 0;
  while (text.charCodeAt(position - 1 - backslashes) === BACKSLASH) backslashes += 1;
  return backslashes % 2 === 1;
}
