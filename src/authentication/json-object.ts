import { AUTHENTICATION_LIMITS } from './limits.js';

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
 * Whether a member name occurs twice at the top of `object`, parsed from a text with so many members there: written twice,
 * however escaped, or in two spellings that differ in case only. Parsers disagree on which of two members counts, so a token
 * with such a pair says one thing to us and another to the next service (RFC 7519 s.4 lets us refuse it).
 */
export function hasRepeatedMember(object: JsonObject, membersInText: number): boolean {
  const names = Object.keys(object);
  if (membersInText !== names.length) return true;
  return names.some((name) => {
    const lowerCase = name.toLowerCase();
    return lowerCase !== name && Object.hasOwn(object, lowerCase);
  });
}

/** Members, objects and arrays in a JSON text, all together. */
export const MAX_MEMBERS = AUTHENTICATION_LIMITS.tokenMembers.default;
const MAX_COMMAS = AUTHENTICATION_LIMITS.tokenCommas.default;

const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPENING_BRACKET = 0x5b;
const BACKSLASH = 0x5c;
const CLOSING_BRACKET = 0x5d;
const OPENING_BRACE = 0x7b;
const CLOSING_BRACE = 0x7d;

/**
 * Members at the top level of an object's JSON text: its colons outside strings and nested values. Undefined when there is
 * more in the text than in any token of Entra's, whose parsing costs a stranger's server more than a signature check. It need
 * not be JSON.
 */
export function countMembers(text: string): number | undefined {
  let count = 0;
  let depth = 0;
  let members = 0;
  let commas = 0;
  for (let index = 0; index < text.length; index += 1) {
    if (members > MAX_MEMBERS || commas > MAX_COMMAS) return undefined;
    switch (text.charCodeAt(index)) {
      case QUOTE:
        index = endOfString(text, index);
        break;
      case COMMA:
        commas += 1;
        break;
      case COLON:
        members += 1;
        if (depth === 1) count += 1;
        break;
      case OPENING_BRACE:
      case OPENING_BRACKET:
        members += 1;
        depth += 1;
        break;
      case CLOSING_BRACE:
      case CLOSING_BRACKET:
        depth -= 1;
    }
  }
  return count;
}

/** Position of the closing quote; the end of the text, or what follows it, when there is none. */
function endOfString(text: string, start: number): number {
  const end = text.indexOf('"', start + 1);
  if (end !== -1 && text.charCodeAt(end - 1) !== BACKSLASH) return end;
  let index = start + 1;
  while (index < text.length && text.charCodeAt(index) !== QUOTE) index += text.charCodeAt(index) === BACKSLASH ? 2 : 1;
  return index;
}
