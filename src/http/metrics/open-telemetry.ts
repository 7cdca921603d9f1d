import { type Attributes, metrics } from '@opentelemetry/api';
import { countersOf, DURATION_BUCKETS } from './measures.js';
import type { Gauge, ServerCounts } from './server-counts.js';

/**
 * Gives the numbers of `/metrics` to the meter provider that the process has registered with `@opentelemetry/api`. Without
 * one they go nowhere. The exporter reads the standard `OTEL_…` variables. Callers are never an attribute, and names of
 * operations belong to traces.
 */
export function registerOpenTelemetryMetrics(
  counts: ServerCounts,
  { name, version, mode }: { readonly name: string; readonly version: string; readonly mode: 'enforce' | 'report' },
): void {
  const meter = metrics.getMeter(name, version);
  for (const { name: counter, help, label, sums } of countersOf(counts, mode)) {
    meter.createObservableCounter(`entra_graphql.${counter}`, { description: help }).addCallback((result) => {
      for (const [value, sum] of sums()) result.observe(sum, { [label]: value });
    });
  }
  for (const gauge of counts.gauges) {
    const { otel, attributesOf } = semanticNameOf(gauge);
    meter.createObservableGauge(otel, { description: gauge.help }).addCallback((result) => {
      for (const [value, number] of gauge.read()) result.observe(number, attributesOf(value));
    });
  }
  const advice = { explicitBucketBoundaries: [...DURATION_BUCKETS] };
  const durations = meter.createHistogram('entra_graphql.operation.duration', { unit: 's', advice });
  counts.operations.listen(({ type, outcome, code, seconds = 0 }) => {
    const attributes: Attributes = { outcome };
    if (type !== undefined) attributes['graphql.operation.type'] = type;
    if (code !== undefined) attributes['error.type'] = code;
    durations.record(seconds, attributes);
  });
  const waits = meter.createHistogram('db.client.connection.wait_time', { unit: 's', advice });
  counts.connectionWaits.listen((seconds) => waits.record(seconds));
}

/** Names of OpenTelemetry's semantic conventions for databases, where they have one. */
const SEMANTIC_NAMES: Readonly<Record<string, string>> = {
  database_connections: 'db.client.connection.count',
  database_connections_max: 'db.client.connection.max',
  database_waiting: 'db.client.connection.pending_requests',
};

function semanticNameOf({ name, label }: Gauge) {
  const otel = SEMANTIC_NAMES[name] ?? `entra_graphql.${name}`;
  const attribute = otel.startsWith('db.') && label === 'state' ? 'db.client.connection.state' : label;
  const attributesOf = (value: string): Attributes => (attribute === undefined ? {} : { [attribute]: value });
  return { otel, attributesOf };
}
