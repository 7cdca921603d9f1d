import type { IncomingMessage } from 'node:http';
import { isObject } from '../../values/is-object.js';
import { headerValues, isNamed } from './request-headers.js';
import { holdersWithin, isText, member } from './request-holders.js';

/**
 * The parts of an HTTP request that can hold an access token. The request objects of servers fit unchanged. These are the
 * request of Node, Express, Koa and Fastify and the event of AWS Lambda. The `Request` of the Fetch standard (Next.js, Azure
 * Functions, Bun, Deno) fits too.
 */
export interface RequestCredentials {
  /** Names and values in turn as received. Node's `headers` would silently drop a second Authorization header. */
  readonly rawHeaders?: readonly string[] | undefined;
  /** Names and values: the `Headers` of the Fetch standard, a Map, or an object. Names may be in any case. */
  readonly headers?: object | null | undefined;
  /** AWS Lambda: all values of each header, while `headers` have the last one. Either of the two may be empty. */
  readonly multiValueHeaders?: object | null | undefined;
  readonly url?: string | undefined;
  /** The request of Node within that of Fastify. It is read as well. */
  readonly raw?: object | undefined;
  /** The request of Node within that of Koa. */
  readonly req?: object | undefined;
}

/** All of a request that may hold an access token. */
export interface ReceivedCredentials {
  /** Values of the Authorization headers. */
  readonly authorizations: readonly string[];
  /** Addresses or their queries, which must not have an access token. */
  readonly addresses: readonly string[];
}

/**
 * Reads the credentials of a request that Node's own server received and nothing has changed. This is the common way: every
 * header that was sent is in `rawHeaders`, so no other place is read.
 */
export function credentialsOfNode({
  rawHeaders,
  url = '',
}: Pick<IncomingMessage, 'rawHeaders' | 'url'>): ReceivedCredentials {
  const authorizations: string[] = [];
  for (let at = 0; at < rawHeaders.length; at += 2) {
    if (isNamed(rawHeaders[at], 'authorization')) authorizations.push(String(rawHeaders[at + 1]));
  }
  return { authorizations, addresses: [url] };
}

/**
 * Reads the credentials of a request of any server, or of an object that holds one. Every place that can have headers is
 * read.
 *
 * @throws TypeError when headers are missing or cannot be read: it would look like a request without credentials
 */
export function readCredentials(request: unknown): ReceivedCredentials {
  return {
    authorizations: headerValues(request, 'authorization'),
    addresses: holdersWithin(request).flatMap(addressesOf),
  };
}

/**
 * Returns the address. For AWS Lambda (`queryStringParameters`, `rawQueryString`) and Apollo Server (`search`) it is the
 * query.
 */
function addressesOf(request: object): readonly string[] {
  const url = member(request, 'url');
  const queries = [member(request, 'rawQueryString'), member(request, 'search')].filter(isText);
  const parameters = [member(request, 'multiValueQueryStringParameters'), member(request, 'queryStringParameters')];
  return [
    ...(isText(url) || url instanceof URL ? [String(url)] : []),
    ...queries.map((query) => `?${query.replace(/^\?/, '')}`),
    ...parameters.filter(isObject).map((one) => `?${Object.keys(one).map(encodeURIComponent).join('&')}`),
  ];
}
