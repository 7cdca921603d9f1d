import type { FastifyInstance } from 'fastify';

/** One thing the server needs in order to answer. `check` rejects when it is not ready. */
export interface Dependency {
  readonly name: string;
  check(): Promise<void>;
}

/**
 * `/healthz`: the process answers. `/readyz`: 200 when every dependency is ready, else 503, with the state of each; a load
 * balancer sends no requests to a replica that is not ready. Neither says more than names and fixed words.
 *
 * @param isStopping a shutdown has begun, which `/readyz` says before anything else changes
 */
export function registerHealth(
  fastify: FastifyInstance,
  isStopping: () => boolean,
  dependencies: readonly Dependency[],
): void {
  fastify.get('/healthz', { logLevel: 'warn' }, () => ({ status: 'ok' }));
  fastify.get('/readyz', { logLevel: 'warn' }, async (request, reply) => {
    if (isStopping()) return reply.code(503).send({ status: 'stopping' });
    const states = await Promise.all(
      dependencies.map(async ({ name, check }) => {
        try {
          await check();
          return [name, 'ready'] as const;
        } catch (error) {
          request.log.warn({ err: error, dependency: name }, 'not ready');
          return [name, 'unavailable'] as const;
        }
      }),
    );
    const ready = states.every(([, state]) => state === 'ready');
    return reply
      .code(ready ? 200 : 503)
      .send({ status: ready ? 'ready' : 'unavailable', checks: Object.fromEntries(states) });
  });
}
