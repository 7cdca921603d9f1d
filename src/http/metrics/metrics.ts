import { createHash, timingSafeEqual } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import type { Limits } from '../../config/limits.js';
import { countersOf, createOperationLabels, DURATION_BUCKETS } from './measures.js';
import type { ServerCounts } from './server-counts.js';

export interface MetricsOptions {
  /** Bearer credential that unlocks `/metrics`. Undefined: the address does not exist. */
  readonly token: string | undefined;
  readonly counts: ServerCounts;
  readonly mode: 'enforce' | 'report';
  readonly limits: Pick<Limits, 'metricsOperations'>;
}

/**
 * Serves `/metrics` in the text format of Prometheus. It names no caller. But the load of a server and the attacks on it are
 * not for everybody, so it needs a token of its own and is closed without one.
 */
export async function registerMetrics(fastify: FastifyInstance, options: MetricsOptions): Promise<void> {
  const { token } = options;
  if (token === undefined) return;
  const registry = await createRegistry(options);
  const expected = digest(`Bearer ${token}`);
  fastify.get('/metrics', { logLevel: 'warn' }, async ({ headers }, reply) => {
    if (!timingSafeEqual(digest(headers.authorization ?? ''), expected)) {
      const message = 'Send the METRICS_TOKEN of this server as bearer token.';
      reply.code(401).header('www-authenticate', 'Bearer');
      return { errors: [{ message, extensions: { code: 'UNAUTHENTICATED' } }] };
    }
    return reply.type(registry.contentType).send(await registry.metrics());
  });
}

/** Digests have one length, which a comparison in constant time needs. */
function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

/** Loads the library on demand, because it takes memory and start-up time that only users of metrics should pay. */
async function createRegistry({ counts, mode, limits }: MetricsOptions) {
  const { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } = await import('prom-client');
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  // Gauges that are named like counters. The library has the same numbers by kind, under better names.
  for (const what of ['handles', 'requests', 'resources']) registry.removeSingleMetric(`nodejs_active_${what}_total`);

  // The library's own counting hashes labels for each event. It gets the sums when it is asked for them.
  for (const { name, help, label, sums } of countersOf(counts, mode)) {
    new Counter({
      name: `entra_graphql_${name}_total`,
      help,
      labelNames: [label],
      registers,
      collect() {
        this.reset();
        for (const [value, sum] of sums()) this.inc({ [label]: value }, sum);
      },
    });
  }
  for (const { name, help, label, read } of counts.gauges) {
    new Gauge({
      name: `entra_graphql_${name}`,
      help,
      labelNames: label === undefined ? [] : [label],
      registers,
      collect() {
        this.reset();
        for (const [value, number] of read()) this.set(label === undefined ? {} : { [label]: value }, number);
      },
    });
  }
  const durations = new Histogram({
    name: 'entra_graphql_operation_duration_seconds',
    help: 'Time from the verified caller to the answer, by name, type and outcome of the operation.',
    labelNames: ['operation', 'type', 'outcome'],
    buckets: [...DURATION_BUCKETS],
    registers,
  });
  const labelsOf = createOperationLabels(limits.metricsOperations);
  counts.operations.listen((record) => durations.observe(labelsOf(record), record.seconds ?? 0));
  const waits = new Histogram({
    name: 'entra_graphql_database_connection_wait_seconds',
    help: 'Time for which a transaction waited for its connection.',
    buckets: [...DURATION_BUCKETS],
    registers,
  });
  counts.connectionWaits.listen((seconds) => waits.observe(seconds));
  return registry;
}
