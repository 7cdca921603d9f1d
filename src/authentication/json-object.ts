import { isJsonObject } from '../values/is-object.js';
import { AUTHENTICATION_LIMITS } from './limits.js';
import { withoutStack } from './refusals/without-stack.js';

/** A JSON object whose members are not known yet. */
export type JsonObject = Readonly<Record<string, unknown>>;

/**
 * Returns the value if it is a string and the empty text otherwise. A client can send any value, and an object could have a
 * `toString` that is not a function.
 */
export function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

export function parseJsonObject(text: string): JsonObject | undefined {
  try {
    const value: unknown = withoutStack(() => JSON.parse(text));
    return isJsonObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Returns whether a name is repeated at the top level of an object: written twice with any escapes, or beside its lower-case
 * spelling, such as `AUD` and `aud`. Parsers disagree on which of the two counts. Another service could read another value
 * from such a token, so it is refused (RFC 7519 s.4 allows it).
 *
 * @param membersInText number of members at the top level of the text that the object was parsed from
 */
export function hasRepeatedMember(object: JsonObject, membersInText: number): boolean {
  const names = Object.keys(object);
  if (membersInText !== names.length) return true;
  return names.some((name) => {
    const lowerCase = name.toLowerCase();
    return lowerCase !== name && Object.hasOwn(object, lowerCase);
  });
}

/** Maximum of members, objects and arrays together in a JSON text, at every depth. */
export const MAX_PARTS = AUTHENTICATION_LIMITS.tokenMembers.default;
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
 * Returns the number of members at the top level of an object's JSON text. It counts the colons outside strings and nested
 * values. Returns undefined when the text has more parts than any Entra token, because parsing it would cost more than verifying
 * a signature. The text does not have to be valid JSON.
 */
export function countMembers(text: string): number | undefined {
  let count = 0;
  let depth = 0;
  let parts = 0;
  let commas = 0;
  for (let index = 0; index < text.length; index += 1) {
    if (parts > MAX_PARTS || commas > MAX_COMMAS) return undefined;
    switch (text.charCodeAt(index)) {
      case QUOTE:
        index = endOfString(text, index);
        break;
      case COMMA:
        commas += 1;
        break;
      case COLON:
        parts += 1;
        if (depth === 1) count += 1;
        break;
      case OPENING_BRACE:
      case OPENING_BRACKET:
        parts += 1;
        depth += 1;
        break;
      case CLOSING_BRACE:
      case CLOSING_BRACKET:
        depth -= 1;
    }
  }
  return count;
}

/** Returns the position of the closing quote. Without one it is at or after the end of the text. */
export function endOfString(text: string, start: number): number {
  const end = text.indexOf('"', start + 1);
  if (end !== -1 && text.charCodeAt(end - 1) !== BACKSLASH) return end;
  let index = start + 1;
  while (index < text.length && text.charCodeAt(index) !== QUOTE) index += text.charCodeAt(index) === BACKSLASH ? 2 : 1;
  return index;
}
