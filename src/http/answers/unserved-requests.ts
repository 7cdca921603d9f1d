import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { errorTypeFor, prefersPage } from './accepted-type.js';
import { badRequest, sendError } from './request-errors.js';

/** Route that the CORS plugin adds for preflights. Other requests that it matches are not served. */
const PREFLIGHTS = '*';

/**
 * Answers requests whose address is not served (404) or not with their method (405). A browser that opens an unknown address
 * gets a page. Bodies are not read, because an error in the body would hide the error of the address.
 *
 * Register it behind CORS, which answers preflights, and before all routes.
 */
export function registerUnserved(
  fastify: FastifyInstance,
  { sendNotFound }: { sendNotFound(reply: FastifyReply): unknown },
): void {
  const allowed = collectMethods(fastify);

  function refuse(request: FastifyRequest, reply: FastifyReply): unknown {
    const methods = allowed.get(pathOf(request.url));
    if (!methods || methods.has(request.method)) {
      reply.code(404);
      if (prefersPage(request.headers.accept)) return sendNotFound(reply);
      return sendError(reply.type(errorTypeFor(request)), badRequest('Nothing is here. The API is at /graphql.'));
    }
    reply.type(errorTypeFor(request));
    const message = `Use ${[...methods].join(' or ')} here.`;
    return sendError(reply.code(405).header('allow', [...methods].join(', ')), badRequest(message));
  }

  fastify.addHook('onRequest', (request, reply, done) => {
    // The router reads an asterisk at the beginning as the slash of a path.
    const isServed = !request.is404 && request.routeOptions.url !== PREFLIGHTS && !request.url.startsWith('*');
    if (isServed) done();
    else refuse(request, reply);
  });
  // For a handler that says itself that it has nothing at an address.
  fastify.setNotFoundHandler(refuse);
}

/** Collects the methods of the routes that are registered from now on, by path. */
function collectMethods(fastify: FastifyInstance): ReadonlyMap<string, ReadonlySet<string>> {
  const methods = new Map<string, Set<string>>();
  fastify.addHook('onRoute', ({ url, method }) => {
    const known = methods.get(url) ?? new Set();
    for (const name of [method].flat()) known.add(name);
    methods.set(url, known);
  });
  return methods;
}

/** Returns the path as the router reads it. The router refuses an unreadable path before any hook runs. */
function pathOf(url: string): string {
  // A request to a proxy has the whole address.
  if (!url.startsWith('/') && URL.canParse(url)) return new URL(url).pathname;
  const [path = ''] = url.split('?', 1)[0]?.split('#', 1) ?? [];
  return decodeURI(path);
}
