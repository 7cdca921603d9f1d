/**
 * The parts of an HTTP request that can hold an access token. What servers hand out is one as it is: the request of Node,
 * Express, Koa and Fastify, the `Request` of the Fetch standard (Next.js, Azure Functions, Bun, Deno), the event of AWS Lambda.
 */
export interface RequestCredentials {
  /** Names and values in turn, as received: Node's `headers` would silently drop a second Authorization header. */
  readonly rawHeaders?: readonly string[] | undefined;
  /** Names and values: the `Headers` of the Fetch standard, a Map, or an object. Names may be in any case. */
  readonly headers?: object | null | undefined;
  /** Of AWS Lambda: counts instead of `headers`, which have only the last of several values. */
  readonly multiValueHeaders?: object | null | undefined;
  readonly url?: string | undefined;
  /** The request of Node within that of Fastify. */
  readonly raw?: object | undefined;
  /** The request of Node within that of Koa. */
  readonly req?: object | undefined;
}

/** Names and values in turn, and the address as far as it was sent. */
export interface ReceivedCredentials {
  readonly rawHeaders: readonly string[];
  readonly url?: string | undefined;
}

const EXPECTED =
  'expected the request of Node, Express, Koa, Fastify, Hapi or Hono, a Request of the Fetch standard, an event of AWS Lambda, or an object with "rawHeaders" or "headers"';

/** Members under which servers keep the request that theirs was made of: that of Koa and Hapi is two steps away. */
const WITHIN = ['raw', 'req', 'request'] as const;
const MAX_DEPTH = 2;

/**
 * Reads headers and address out of a request of any server. Headers as they were received count before those that the server
 * has made of them.
 *
 * @throws TypeError when there are none that can be read: it would look like a request without credentials
 */
export function receivedCredentials(request: unknown): ReceivedCredentials {
  if (hasRawHeaders(request)) return request;
  const candidates = [request, ...requestsWithin(request, MAX_DEPTH)];
  const known = candidates.find(hasRawHeaders) ?? candidates.map(readHeaders).find((found) => found !== undefined);
  if (!known) {
    throw new TypeError(`the request has no headers that can be read: ${EXPECTED}, not ${describe(request)}`);
  }
  return known;
}

function requestsWithin(holder: unknown, depth: number): readonly unknown[] {
  if (depth === 0) return [];
  const held = WITHIN.map((name) => member(holder, name)).filter(isObject);
  return [...held, ...held.flatMap((one) => requestsWithin(one, depth - 1))];
}

/** An empty list beside headers is one that was never filled, as serverless-http leaves it. */
function hasRawHeaders(request: unknown): request is ReceivedCredentials {
  const rawHeaders = member(request, 'rawHeaders');
  if (!Array.isArray(rawHeaders)) return false;
  return rawHeaders.length > 0 || !readHeaders(request)?.rawHeaders.length;
}

function readHeaders(request: unknown): ReceivedCredentials | undefined {
  const named = [member(request, 'multiValueHeaders'), member(request, 'headers')].find(isObject);
  const headers = named ?? (isHeaders(request) ? request : undefined);
  if (!isObject(headers)) return undefined;
  return { rawHeaders: fieldsOf(headers).flatMap(toPairs), url: addressOf(request) };
}

/** @throws TypeError for headers that cannot be read, or only once: all that is not seen would be anonymous */
function fieldsOf(headers: object): readonly (readonly unknown[])[] {
  if (isIterable(headers)) {
    // What can be read only once looks empty afterwards.
    const isLasting = !Object.is(headers[Symbol.iterator](), headers);
    const fields = isLasting ? [...headers] : [];
    if (isLasting && fields.every(isPair)) return fields;
    throw new TypeError(`the headers of the request cannot be read: ${EXPECTED}, not headers as ${describe(headers)}`);
  }
  const get = member(headers, 'get');
  if (typeof get === 'function') return [['authorization', get.call(headers, 'authorization')]];
  const fields: [string, unknown][] = [];
  // Inherited ones count: they are headers for all who look one up by its name.
  for (const name in headers) fields.push([name, Reflect.get(headers, name)]);
  if (fields.length === 0 && !isBare(headers)) {
    throw new TypeError(`the headers of the request cannot be read: ${EXPECTED}, not headers as ${describe(headers)}`);
  }
  return fields;
}

function isPair(field: unknown): field is readonly unknown[] {
  return Array.isArray(field) && field.length === 2;
}

/** Whether an object without members says that there are none. One of a class may hide them. */
function isBare(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype;
}

/** A header with several values is as many headers; one that is undefined was not sent. */
function toPairs([name, value]: readonly unknown[]): readonly string[] {
  const values: readonly unknown[] = Array.isArray(value) ? value : [value];
  return values.filter((one) => one !== undefined && one !== null).flatMap((one) => [String(name), String(one)]);
}

/** `Headers` of the Fetch standard, or a Map. */
function isHeaders(value: unknown): boolean {
  return typeof member(value, 'get') === 'function' && isIterable(value);
}

function isIterable(value: unknown): value is object & Iterable<unknown> {
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

/** The address, or of AWS Lambda (`queryStringParameters`, `rawQueryString`) and Apollo Server (`search`) its query. */
function addressOf(request: unknown): string | undefined {
  const url = member(request, 'url');
  if (typeof url === 'string') return url;
  const parameters = member(request, 'multiValueQueryStringParameters') ?? member(request, 'queryStringParameters');
  if (isObject(parameters)) return `?${Object.keys(parameters).map(encodeURIComponent).join('&')}`;
  const query = member(request, 'rawQueryString') ?? member(request, 'search');
  return typeof query === 'string' ? `?${query.replace(/^\?/, '')}` : undefined;
}

function member(value: unknown, name: string | symbol): unknown {
  return isObject(value) ? Reflect.get(value, name) : undefined;
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
