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

const NO_CREDENTIALS =
  'the request has no headers that can be read: expected the request of Node, Express, Koa or Fastify, a Request of the Fetch standard, an event of AWS Lambda, or an object with "rawHeaders" or "headers"';

/**
 * Reads headers and address out of a request of any server. Headers as they were received count before those that the server
 * has made of them.
 *
 * @throws TypeError when there are none: it would look like a request without credentials
 */
export function receivedCredentials(request: unknown): ReceivedCredentials {
  if (hasRawHeaders(request)) return request;
  const wrapped = [member(request, 'raw'), member(request, 'req')];
  const known =
    wrapped.find(hasRawHeaders) ?? [request, ...wrapped].map(readHeaders).find((found) => found !== undefined);
  if (!known) throw new TypeError(NO_CREDENTIALS);
  return known;
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
  if (headers === undefined || Array.isArray(headers)) return undefined;
  const fields: readonly unknown[] = isHeaders(headers) ? [...headers] : Object.entries(headers);
  return { rawHeaders: fields.flatMap(toPairs), url: addressOf(request) };
}

/** A header with several values is as many headers; one that is undefined was not sent. */
function toPairs(field: unknown): readonly string[] {
  const [name, value]: readonly unknown[] = Array.isArray(field) ? field : [];
  const values: readonly unknown[] = Array.isArray(value) ? value : [value];
  return values.filter((one) => one !== undefined && one !== null).flatMap((one) => [String(name), String(one)]);
}

/** `Headers` of the Fetch standard, or a Map. */
function isHeaders(value: unknown): value is Iterable<unknown> {
  return isObject(value) && typeof member(value, 'get') === 'function' && Symbol.iterator in value;
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

function member(value: unknown, name: string): unknown {
  return isObject(value) ? Reflect.get(value, name) : undefined;
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
