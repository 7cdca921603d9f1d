import type { FastifyBaseLogger, FastifyInstance } from 'fastify';
import { LIMITS } from '../../config/limits.js';
import {
  createDependencyReadiness,
  type createReadinessGauge,
  type Dependency,
  PartlyReadyError,
} from './readiness.js';

export interface HealthOptions {
  readonly dependencies: readonly Dependency[];
  readonly gauge?: Pick<ReturnType<typeof createReadinessGauge>, 'set'>;
}

/** A dependency that is not ready is logged again after this time. */
const QUIET_MS = LIMITS.reportSeconds.default * 1000;

/**
 * A dependency that was never ready is logged when it is not ready this long after the first question: keys take a moment.
 */
const BEGINNING_MS = 5_000;

/**
 * Registers `/healthz` and `/readyz`. `/healthz` says that the process answers. `/readyz` says 503 when a dependency is not
 * ready, so that a load balancer sends no requests. While a dependency may be missing, or is there in part, it answers 200
 * and `degraded`.
 * Otherwise a short outage of the shared database would take all replicas out of service at once. Both answer with names and
 * fixed words only.
 *
 * @param isStopping whether a shutdown has begun. `/readyz` reports it before anything else changes
 */
export function registerHealth(
  fastify: FastifyInstance,
  isStopping: () => boolean,
  { dependencies, gauge }: HealthOptions,
): void {
  const noteState = createStateLog(fastify.log);
  const judged = dependencies.map((dependency) => ({ ...dependency, judge: createDependencyReadiness(dependency) }));
  fastify.get('/healthz', { logLevel: 'warn' }, () => ({ status: 'ok' }));
  fastify.get('/readyz', { logLevel: 'warn' }, async (_request, reply) => {
    if (isStopping()) return reply.code(503).send({ status: 'stopping' });
    const found = await Promise.all(judged.map(async ({ name, judge }) => ({ name, ...(await judge()) })));
    for (const each of found) {
      gauge?.set(each.name, each.state);
      noteState(each.name, each.state === 'ready' ? undefined : each.error, each.state === 'degraded');
    }
    const status = WORST_FIRST.find((state) => found.some((each) => each.state === state)) ?? 'ready';
    const checks = found.map(({ name, state }) => [name, state === 'ready' ? state : 'unavailable']);
    return reply.code(status === 'unavailable' ? 503 : 200).send({ status, checks: Object.fromEntries(checks) });
  });
}

const WORST_FIRST = ['unavailable', 'degraded'] as const;

/**
 * Creates the log of dependencies. It writes when a dependency stops being ready, when the time without it is over, and then
 * once a minute, because probes ask every few seconds.
 */
export function createStateLog(
  log: Pick<FastifyBaseLogger, 'info' | 'warn'>,
): (dependency: string, error?: unknown, isDegraded?: boolean) => void {
  const logged = new Map<string, { readonly at: number; readonly text: string }>();
  const quietUntil = new Map<string, number>();
  return (dependency, error, isDegraded = false) => {
    if (error === undefined) {
      quietUntil.set(dependency, 0);
      if (logged.delete(dependency)) log.info({ dependency }, 'ready again');
      return;
    }
    const now = performance.now();
    if (!quietUntil.has(dependency)) quietUntil.set(dependency, now + BEGINNING_MS);
    if (now < (quietUntil.get(dependency) ?? 0)) return;
    const text = textOf(error, isDegraded);
    const last = logged.get(dependency);
    if (last?.text === text && now - last.at < QUIET_MS) return;
    logged.set(dependency, { at: now, text });
    log.warn({ dependency, cause: causeOf(error) }, text);
  };
}

function textOf(error: unknown, isDegraded: boolean): string {
  if (error instanceof PartlyReadyError) return 'ready in part: in service without the rest';
  return isDegraded ? 'not ready: in service without it for a time' : 'not ready';
}

/** Returns the innermost message. The outer one of a database error has only what a client may know. */
function causeOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? causeOf(error.cause) : error.message;
}
