import { isObject } from '../../values/is-object.js';

/** Items of a list that are written at once. */
const CHUNK = 16;

/**
 * Returns the same text as `JSON.stringify`, or undefined when it would have more than about `maxLength` characters. It stops
 * where the text becomes too long, instead of building all of it.
 *
 * A value that cannot become too long is written at once, as nearly all answers are. Others are written field by field and
 * item by item, or in chunks of 16 items that cannot become too long. Each single text is measured before it is written.
 */
export function stringifyWithin(value: unknown, maxLength: number): string | undefined {
  const text = mostLength(value, maxLength) <= maxLength ? toJson(value) : write(value, maxLength);
  return text === undefined || text.length > maxLength ? undefined : text;
}

function write(value: unknown, maxLength: number): string | undefined {
  if (Array.isArray(value)) return writeList(value, maxLength);
  if (isPlain(value)) return writeObject(value, maxLength);
  return exceeds(value, maxLength) ? undefined : toJson(value);
}

function writeObject(value: Readonly<Record<string, unknown>>, maxLength: number): string | undefined {
  let text = '';
  for (const [key, member] of Object.entries(value)) {
    if (member === undefined || typeof member === 'function' || typeof member === 'symbol') continue;
    const written = write(member, maxLength - text.length);
    if (written === undefined) return undefined;
    text += `${text && ','}${JSON.stringify(key)}:${written}`;
    if (text.length > maxLength) return undefined;
  }
  return `{${text}}`;
}

function writeList(list: readonly unknown[], maxLength: number): string | undefined {
  let text = '';
  for (let index = 0; index < list.length; index += CHUNK) {
    const left = maxLength - text.length;
    const chunk = list.slice(index, index + CHUNK);
    const isWithin = mostLength(chunk, left) <= left;
    const written = isWithin ? JSON.stringify(chunk).slice(1, -1) : writeItems(chunk, left);
    if (written === undefined) return undefined;
    text += `${text && ','}${written}`;
    if (text.length > maxLength) return undefined;
  }
  return `[${text}]`;
}

function writeItems(items: readonly unknown[], maxLength: number): string | undefined {
  let text = '';
  for (const item of items) {
    const written = write(item, maxLength - text.length);
    if (written === undefined) return undefined;
    text += `${text && ','}${written}`;
  }
  return text;
}

/** Returns whether the least length that a value can have as JSON, without counting escapes, is too long. */
function exceeds(value: unknown, maxLength: number): boolean {
  return subtractLength(value, maxLength) < 0;
}

function subtractLength(value: unknown, left: number): number {
  if (typeof value === 'string') return left - value.length - 2;
  if (typeof value !== 'object' || value === null) return left - 1;
  if (Array.isArray(value)) return subtractItems(value, left);
  if (!isPlain(value)) return hasToJson(value) ? subtractLength(value.toJSON(), left) : left;
  let rest = left - 2;
  for (const key of Object.keys(value)) {
    if (rest < 0) return rest;
    rest = subtractLength(value[key], rest) - key.length - 3;
  }
  return rest;
}

function subtractItems(list: readonly unknown[], left: number): number {
  let rest = left - 2;
  for (const item of list) {
    if (rest < 0) return rest;
    rest = subtractLength(item, rest);
  }
  return rest;
}

/**
 * Returns the most characters, or bytes of UTF-8, that a value can have as JSON. It stops soon after `maxLength`, instead of
 * looking at all of the value.
 */
export function mostLength(value: unknown, maxLength: number): number {
  return maxLength - subtractMost(value, maxLength);
}

/** The most characters that a value can have: `\u0000` for a unit of a text, and for a number `-2.2250738585072014e-308`. */
const MOST = { unit: 6, number: 24, other: 5 } as const;

function subtractMost(value: unknown, left: number): number {
  if (typeof value === 'string') return left - value.length * MOST.unit - 2;
  if (typeof value === 'number') return left - MOST.number;
  // A program can give BigInt a `toJSON`, which usually writes its digits as a text.
  if (typeof value === 'bigint') return left - String(value).length - 2;
  if (typeof value !== 'object' || value === null) return left - MOST.other;
  if (Array.isArray(value)) return subtractMostItems(value, left);
  if (!isPlain(value)) return hasToJson(value) ? subtractMost(value.toJSON(), left) : left;
  let rest = left - 2;
  for (const key in value) {
    if (rest < 0) return rest;
    rest = subtractMost(value[key], rest) - key.length * MOST.unit - 4;
  }
  return rest;
}

function subtractMostItems(list: readonly unknown[], left: number): number {
  let rest = left - 2;
  for (const item of list) {
    if (rest < 0) return rest;
    rest = subtractMost(item, rest) - 1;
  }
  return rest;
}

/** JSON has no form for a function or a symbol. */
function toJson(value: unknown): string {
  return JSON.stringify(value) ?? 'null';
}

function isPlain(value: unknown): value is Readonly<Record<string, unknown>> {
  return isObject(value) && !hasToJson(value);
}

function hasToJson(value: object): value is { toJSON(): unknown } {
  return 'toJSON' in value && typeof value.toJSON === 'function';
}
