import { type RequestCredentials, receivedCredentials } from '../../authentication/request-credentials.js';

/** Members under which integrations of Apollo Server hand out the request, or what it is within. */
const NAMES = ['req', 'request', 'event', 'ctx', 'node', 'c'] as const;
/** `{ event: { node: { req } } }` of H3. */
const MAX_DEPTH = 3;

/**
 * Finds the request in what an integration of Apollo Server passes to its context function: `{req}` of Express and Azure
 * Functions, `{request}` of servers of the Fetch standard, `{event}` of AWS Lambda and H3, `{ctx}` of Koa, or the request
 * itself, as with Fastify and Next.js.
 */
export function findRequest(integration: unknown): RequestCredentials {
  // authenticate says what is wrong with a request that is none.
  return heldRequest(integration, MAX_DEPTH) ?? (hasHeaders(integration) ? integration : Object(integration));
}

/** Returns the media types that the client accepts, or undefined where it says nothing or its request cannot be read. */
export function acceptedTypes(integration: unknown): string | undefined {
  try {
    const { rawHeaders } = receivedCredentials(findRequest(integration));
    const name = rawHeaders.findIndex((text, index) => index % 2 === 0 && text.toLowerCase() === 'accept');
    return name < 0 ? undefined : rawHeaders[name + 1];
  } catch {
    return undefined;
  }
}

/** The closest to the surface counts. */
function heldRequest(holder: unknown, depth: number): RequestCredentials | undefined {
  if (depth === 0 || (depth < MAX_DEPTH && hasHeaders(holder))) return undefined;
  const held = NAMES.map((name) => member(holder, name));
  return (
    held.find(hasHeaders) ?? held.map((value) => heldRequest(value, depth - 1)).find((found) => found !== undefined)
  );
}

function hasHeaders(value: unknown): value is RequestCredentials {
  return ['rawHeaders', 'headers', 'multiValueHeaders'].some((name) => typeof member(value, name) === 'object');
}

function member(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
}
