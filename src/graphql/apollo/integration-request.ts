import type { RequestCredentials } from '../../authentication/request/request-credentials.js';
import { headerValues } from '../../authentication/request/request-headers.js';
import { holdersWithin } from '../../authentication/request/request-holders.js';
import { isObject } from '../../values/is-object.js';

/**
 * Finds the request in the argument of an integration's context function. Express and Azure Functions pass `{req}`, servers
 * of the Fetch standard `{request}`, AWS Lambda and H3 `{event}` and Koa `{ctx}`. Fastify and Next.js pass the request
 * itself. If several objects have headers and none of them holds the others, returns the whole argument.
 */
export function findRequest(integration: unknown): RequestCredentials {
  const requests = holdersWithin(integration).filter(hasHeaders);
  const within = holdersWithin(requests[0]);
  // `authenticate` reports a value that is not a request.
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
