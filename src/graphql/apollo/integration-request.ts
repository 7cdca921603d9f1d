import type { RequestCredentials } from '../../authentication/request/request-credentials.js';
import { headerValues } from '../../authentication/request/request-headers.js';
import { holdersWithin, isObject } from '../../authentication/request/request-holders.js';

/**
 * Finds the request in what an integration of Apollo Server passes to its context function: `{req}` of Express and Azure
 * Functions, `{request}` of servers of the Fetch standard, `{event}` of AWS Lambda and H3, `{ctx}` of Koa, or the request
 * itself, as with Fastify and Next.js. Where several objects beside each other have headers, it is all of them.
 */
export function findRequest(integration: unknown): RequestCredentials {
  const requests = holdersWithin(integration).filter(hasHeaders);
  const within = holdersWithin(requests[0]);
  // authenticate says what is wrong with a request that is none.
  return Object(requests.every((request) => within.includes(request)) ? (requests[0] ?? integration) : integration);
}

/** Returns the media types that the client accepts, or undefined where its request cannot be read. */
export function acceptedTypes(integration: unknown): string | undefined {
  try {
    return headerValues(integration, 'accept').join();
  } catch {
    return undefined;
  }
}

function hasHeaders(value: object): value is RequestCredentials {
  return ['rawHeaders', 'headers', 'multiValueHeaders'].some((name) => isObject(Reflect.get(value, name)));
}
