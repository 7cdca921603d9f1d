import type { FastifyInstance } from 'fastify';

/** A request to the emulator. Its query is left out because it may hold codes. */
export interface LoggedRequest {
  readonly method: string;
  readonly path: string;
}

const CAPACITY = 1_000;

/** Remembers the last thousand requests for tests that count them. The oldest comes first. Returns a way to read them. */
export function addRequestLog(server: FastifyInstance): () => readonly LoggedRequest[] {
  const requests: LoggedRequest[] = [];
  server.addHook('onRequest', async (request) => {
    requests.push({ method: request.method, path: pathOf(request.url) });
    if (requests.length > CAPACITY) requests.shift();
  });
  return () => [...requests];
}

/** Returns the path of a request's URL without its query. */
export function pathOf(url: string): string {
  const end = url.indexOf('?');
  return end === -1 ? url : url.slice(0, end);
}
