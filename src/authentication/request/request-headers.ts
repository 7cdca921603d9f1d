import { isObject } from '../../values/is-object.js';
import { holdersWithin, isText, member } from './request-holders.js';

const EXPECTED =
  'expected the request of Node, Express, Koa, Fastify, Hapi or Hono, a Request of the Fetch standard, an event of AWS Lambda, or an object with "rawHeaders" or "headers"';

/**
 * Returns the values of a header, from all places of a request that hold headers. A server may fill in only some of these
 * places, and middleware may change only one. The result has several values if the header was sent more than once or if the
 * places differ.
 *
 * @param name in lower case
 * @throws TypeError when headers are missing or cannot be read
 */
export function headerValues(request: unknown, name: string): readonly string[] {
  const places = holdersWithin(request).flatMap((holder) => valuesByPlace(holder, name));
  if (places.length === 0) {
    throw new TypeError(`the request has no headers that can be read: ${EXPECTED}, not ${describe(request)}`);
  }
  const fullest = places.reduce((one, other) => (other.length > one.length ? other : one));
  return [...fullest, ...places.flat().filter((value) => !fullest.includes(value))];
}

function valuesByPlace(holder: object, name: string): readonly (readonly string[])[] {
  const rawHeaders = member(holder, 'rawHeaders');
  const headers = member(holder, 'headers');
  const multiValueHeaders = member(holder, 'multiValueHeaders');
  // An event of API Gateway has both, and null where a request came without headers.
  const isWithoutHeaders = headers === null && multiValueHeaders === null;
  const named = [headers, multiValueHeaders, isHeaders(holder) ? holder : null];
  return [
    ...(isGiven(rawHeaders) ? [toTexts(valuesInTurn(rawHeaders, name))] : []),
    ...(isWithoutHeaders ? [[]] : []),
    ...named.filter(isGiven).map((headers) => toTexts(valuesIn(headers, name))),
  ];
}

/** Returns each value of a header as a text. A value that is undefined or null was not sent. */
function toTexts(values: readonly unknown[]): readonly string[] {
  return values.flat().filter(isGiven).map(String);
}

/** @throws TypeError if these are not names and values in turn */
function valuesInTurn(rawHeaders: unknown, name: string): readonly unknown[] {
  if (!Array.isArray(rawHeaders) || !isText(rawHeaders[0] ?? '')) unreadable(rawHeaders);
  const values: unknown[] = [];
  for (let at = 0; at < rawHeaders.length; at += 2) {
    if (isNamed(rawHeaders[at], name)) values.push(rawHeaders[at + 1] ?? '');
  }
  return values;
}

/** @throws TypeError for headers that cannot be read. Without the error every caller would seem anonymous */
function valuesIn(headers: unknown, name: string): readonly unknown[] {
  if (!isObject(headers)) unreadable(headers);
  if (isIterable(headers)) return pairsOf(headers).flatMap(([key, value]) => (isNamed(key, name) ? [value] : []));
  const members: string[] = [];
  // Inherited ones count, because a lookup by name finds them too.
  for (const one in headers) members.push(one);
  const shown = members.filter((one) => isNamed(one, name));
  if (shown.length > 0) return shown.map((one) => member(headers, one));
  const found = lookUp(headers, name);
  const mayHide = members.length === 0 && !isBare(headers) && typeof member(headers, 'get') !== 'function';
  return mayHide && found === undefined ? unreadable(headers) : [found];
}

/**
 * Returns whether a key is the name in any case. `name` is in lower case. Compares the lengths first, because it runs for
 * each header of each request.
 */
export function isNamed(key: unknown, name: string): boolean {
  return isText(key) && key.length === name.length && key.toLowerCase() === name;
}

/** @throws TypeError if these are not pairs, or can be read only once, as nothing would be left for the next reader */
function pairsOf(headers: Iterable<unknown>): readonly (readonly unknown[])[] {
  const isLasting = !Object.is(headers[Symbol.iterator](), headers);
  const fields = isLasting ? [...headers] : [];
  return isLasting && fields.every(isPair) ? fields : unreadable(headers);
}

/** Looks up a header by its name with a method such as `get`, because objects of a class show no members. */
function lookUp(headers: object, name: string): unknown {
  const get = member(headers, 'get');
  const look = (key: string) => (typeof get === 'function' ? get.call(headers, key) : member(headers, key));
  const capitalised = `${name.slice(0, 1).toUpperCase()}${name.slice(1)}`;
  return [name, capitalised].map(look).find((value) => isGiven(value) && typeof value !== 'function');
}

function unreadable(headers: unknown): never {
  throw new TypeError(`the headers of the request cannot be read: ${EXPECTED}, not headers as ${describe(headers)}`);
}

/** Returns whether a header was sent. Null was not sent either. */
function isGiven(value: unknown): boolean {
  return value !== undefined && value !== null;
}

function isPair(field: unknown): field is readonly unknown[] {
  return Array.isArray(field) && field.length === 2;
}

/** Returns whether an object is a plain one. Without members it has no headers. An object of a class may hide its headers. */
function isBare(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype;
}

/** Accepts `Headers` of the Fetch standard and a Map. */
function isHeaders(value: object): boolean {
  return typeof member(value, 'get') === 'function' && isIterable(value);
}

function isIterable(value: object): value is object & Iterable<unknown> {
  return typeof member(value, Symbol.iterator) === 'function';
}

const MAX_NAMES = 8;

/** Names the kind of a value and its members, without what they hold. */
function describe(value: unknown): string {
  if (!isObject(value)) return value === null ? 'null' : `a value of type ${typeof value}`;
  const { name = 'Object' }: { readonly name?: unknown } = Object(member(value, 'constructor'));
  const names = Object.keys(value)
    .slice(0, MAX_NAMES)
    .map((one) => JSON.stringify(one.slice(0, 30)));
  return `an object of ${String(name)} with ${names.length > 0 ? `the members ${names.join(', ')}` : 'no members'}`;
}
