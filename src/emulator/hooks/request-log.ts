import type { FastifyInstance } from 'fastify';

/** A request the emulator was sent. No query: it may hold codes. */
export interface LoggedRequest {
  readonly method: string;
  readonly path: string;
}

const CAPACITY = 1_000;

/** Remembers the last thousand requests, oldest first, for tests that count them. Returns a way to read them. */
export function addRequestLog(server: FastifyInstance): () => readonly LoggedRequest[] {
  const requests: LoggedRequest[] = [];
  server.addHook('onRequest', async (request) => {
    requests.push({ method: request.method, path: request.url.replace(/\?.*$/, '') });
    if (requests.length > CAPACITY) requests.shift();
  });
  return () => [...requests];
}
