import { createHash, timingSafeEqual } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import type { LabelledCounter, ServerCounts } from './server-counts.js';

/** Options of `/metrics`. */
export interface MetricsOptions {
  /** Bearer credential that unlocks `/metrics`. Undefined: the address does not exist. */
  readonly token: string | undefined;
  readonly counts: ServerCounts;
  readonly mode: 'enforce' | 'report';
  signingKeysAreReady(): boolean;
}

/**
 * Serves `/metrics` in the text format of Prometheus. It names no caller and no field, but how busy and how attacked a
 * server is need not be known to everybody who can reach it, so it takes a credential of its own, and is closed without.
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

/** Digests have one length, which is what a comparison in constant time wants. */
function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

/** Loads the library on demand, because it takes memory and start-up time that only users of metrics should pay. */
async function createRegistry({ counts, mode, signingKeysAreReady }: MetricsOptions) {
  const { collectDefaultMetrics, Counter, Gauge, Registry } = await import('prom-client');
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  // Gauges that are named like counters. The library has the same numbers by kind, under better names.
  for (const what of ['handles', 'requests', 'resources']) registry.removeSingleMetric(`nodejs_active_${what}_total`);

  /** The library's own counting hashes labels for each event: it is given the sums when it is asked for them. */
  function addCounter(name: string, help: string, labelName: string, tally: LabelledCounter<string | number>) {
    new Counter({
      name: `entra_graphql_${name}`,
      help,
      labelNames: [labelName],
      registers,
      collect() {
        this.reset();
        for (const [label, sum] of tally.sums()) this.inc({ [labelName]: label }, sum);
      },
    });
  }
  const denied = mode === 'report' ? 'denied to the anonymous, or that would have been denied' : 'denied';
  addCounter('http_requests_total', 'Answered HTTP requests, without probes.', 'status', counts.requests);
  addCounter('admitted_requests_total', 'GraphQL requests by kind of caller.', 'kind', counts.admittedRequests);
  addCounter('refused_tokens_total', 'Access tokens refused or not verifiable.', 'code', counts.refusedTokens);
  addCounter(
    'refused_operations_total',
    'Operations that were refused before they ran.',
    'code',
    counts.refusedOperations,
  );
  addCounter('denied_fields_total', `Fields and arguments ${denied}.`, 'code', counts.deniedFields);
  addCounter('database_failures_total', 'What the database could not do.', 'code', counts.databaseFailures);
  new Gauge({
    name: 'entra_graphql_signing_keys_ready',
    help: '1 when there are keys for every accepted version of tokens.',
    registers,
    collect() {
      this.set(signingKeysAreReady() ? 1 : 0);
    },
  });
  return registry;
}
