import Negotiator from 'negotiator';
import { LIMITS } from '../../config/limits.js';

const MAX_LENGTH = LIMITS.acceptLength.default;

/** The media type of JSON for clients that do not know GraphQL's own type. */
const JSON_TYPE = 'application/json; charset=utf-8';
const GRAPHQL_TYPE = 'application/graphql-response+json; charset=utf-8';
const PAGE_TYPE = 'text/html; charset=utf-8';

/** Headers of common clients. They are looked up, because reading them costs as much as a small query. */
const COMMON = new Map(
  [
    '*/*',
    'application/json',
    'application/graphql-response+json',
    'application/graphql-response+json, application/json',
    'application/graphql-response+json,application/json;q=0.9',
    'application/graphql-response+json, application/graphql+json, application/json, text/event-stream, multipart/mixed',
  ].map((accept) => [accept, choose(accept, [JSON_TYPE, GRAPHQL_TYPE])]),
);

/**
 * Returns the media type for the answer to a client by its `Accept` header: `application/json` or
 * `application/graphql-response+json`. Returns undefined if it accepts neither. A header that is too long is ignored.
 */
export function acceptedType(accept: string | undefined): string | undefined {
  if (!accept || accept.length > MAX_LENGTH) return JSON_TYPE;
  return COMMON.get(accept) ?? choose(accept, [JSON_TYPE, GRAPHQL_TYPE]);
}

/** Returns the media type of an error, which is sent even to a client that accepts neither. */
export function errorTypeFor({ headers }: { readonly headers: { readonly accept?: string | undefined } }): string {
  return acceptedType(headers.accept) ?? JSON_TYPE;
}

/** Returns whether a client wants a page rather than JSON, as browsers do when they open an address. */
export function prefersPage(accept: string | undefined): boolean {
  if (accept === undefined || accept.length > MAX_LENGTH) return false;
  return accept.includes('html') && choose(accept, [JSON_TYPE, GRAPHQL_TYPE, PAGE_TYPE]) === PAGE_TYPE;
}

/** Returns the offered type with the greatest weight. Of equal ones it is the more specific, and then the first. */
function choose(accept: string, offered: readonly string[]): string | undefined {
  return new Negotiator({ headers: { accept } }).mediaType(offered);
}
