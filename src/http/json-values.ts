import { endOfString } from '../authentication/json-object.js';

const QUOTE = 0x22;
const COMMA = 0x2c;
const OPENING = new Set([0x5b, 0x7b]);
const CLOSING = new Set([0x5d, 0x7d]);
const SPACES = new Set([0x09, 0x0a, 0x0d, 0x20]);

/**
 * Returns whether a JSON text has more values than allowed. It does not parse the text, because parsed values take up to 50
 * times the memory of their text. Each member of an object and each item of a list is a value. The text need not be valid.
 */
export function hasMoreValues(text: string, maximum: number): boolean {
  // The shortest value takes two characters: itself and a comma.
  return text.length >= 2 * maximum && countValues(text, maximum) > maximum;
}

/** Returns the number of values, or any number above `enough` where there are more. */
export function countValues(text: string, enough: number): number {
  let values = 0;
  let isEmpty = false;
  for (let index = 0; index < text.length; index += 1) {
    const character = text.charCodeAt(index);
    if (SPACES.has(character)) continue;
    if (isEmpty && !CLOSING.has(character)) values += 1;
    isEmpty = OPENING.has(character);
    if (character === COMMA) values += 1;
    if (character === QUOTE) index = endOfString(text, index);
    if (values > enough) break;
  }
  return values;
}
