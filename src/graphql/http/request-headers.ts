import { HeaderMap } from '@apollo/server';
import type { FastifyRequest } from 'fastify';
import type { Caller } from '../../authentication/caller.js';
import { acceptedType, prefersPage } from '../../http/answers/accepted-type.js';

/** Headers that pages of other origins cannot send without a preflight, which CORS answers. */
const PREFLIGHTED_HEADERS = ['apollo-require-preflight', 'x-apollo-operation-name'] as const;

/** Returns whether a browser opens the address. */
export function opensPage({ method, headers }: FastifyRequest): boolean {
  return method === 'GET' && prefersPage(headers.accept);
}

/** Returns whether the client accepts a form in which there are answers, so that nothing runs whose answer is lost. */
export function canReadAnswer({ headers }: FastifyRequest): boolean {
  return acceptedType(headers.accept) !== undefined;
}

/**
 * Returns whether a page of another origin could send a request on behalf of its visitor (CSRF). The page could not read the
 * answer, but it could measure how long it takes, and reach servers of the visitor's own network.
 *
 * A verified caller needs no more: browsers add no bearer token to a request by themselves, and ask before a page may.
 */
export function mayBeForged({ headers }: FastifyRequest, caller: Caller | undefined): boolean {
  return !caller && !isJson(headers['content-type']) && !PREFLIGHTED_HEADERS.some((name) => headers[name]);
}

/**
 * Returns the headers that Apollo Server reads: the media type of the answer, which is already chosen, and that of the body.
 * Nothing else.
 *
 * @param isVisit whether the answer is a page
 */
export function headersForApollo(request: FastifyRequest, isVisit: boolean): HeaderMap {
  const { accept, 'content-type': contentType } = request.headers;
  const type = acceptedType(accept)?.split(';', 1);
  const read = new HeaderMap();
  read.set('accept', isVisit ? ['text/html', ...(type ?? []).map((name) => `${name};q=0.9`)].join() : `${type}`);
  if (contentType !== undefined) read.set('content-type', contentType);
  return read;
}

function isJson(contentType: string | undefined): boolean {
  return contentType?.split(';', 1)[0]?.trim().toLowerCase() === 'application/json';
}
