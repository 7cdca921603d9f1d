import type { FastifyBaseLogger, FastifyInstance } from 'fastify';

/** One thing the server needs in order to answer. `check` rejects when it is not ready. */
export interface Dependency {
  readonly name: string;
  check(): Promise<void>;
}

/** A dependency that is not ready is logged again after this time. */
const QUIET_MS = 60_000;

/** A dependency that was never ready is logged when it is not ready this long after the first question: keys take a moment. */
const BEGINNING_MS = 5_000;

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
  const noteState = createStateLog(fastify.log);
  fastify.get('/healthz', { logLevel: 'warn' }, () => ({ status: 'ok' }));
  fastify.get('/readyz', { logLevel: 'warn' }, async (_request, reply) => {
    if (isStopping()) return reply.code(503).send({ status: 'stopping' });
    const states = await Promise.all(
      dependencies.map(async ({ name, check }) => {
        try {
          await check();
          noteState(name);
          return [name, 'ready'] as const;
        } catch (error) {
          noteState(name, error);
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

/** Logs a dependency when it stops being ready and once a minute after that: probes ask every few seconds. */
export function createStateLog(
  log: Pick<FastifyBaseLogger, 'info' | 'warn'>,
): (dependency: string, error?: unknown) => void {
  const loggedAt = new Map<string, number>();
  const quietUntil = new Map<string, number>();
  return (dependency, error) => {
    if (error === undefined) {
      quietUntil.set(dependency, 0);
      if (loggedAt.delete(dependency)) log.info({ dependency }, 'ready again');
      return;
    }
    const now = performance.now();
    if (!quietUntil.has(dependency)) quietUntil.set(dependency, now + BEGINNING_MS);
    if (now < (quietUntil.get(dependency) ?? 0)) return;
    if (now - (loggedAt.get(dependency) ?? Number.NEGATIVE_INFINITY) < QUIET_MS) return;
    loggedAt.set(dependency, now);
    log.warn({ dependency, cause: causeOf(error) }, 'not ready');
  };
}

/** The innermost words: an error of the database says in itself only what a client may know. */
function causeOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? causeOf(error.cause) : error.message;
}
