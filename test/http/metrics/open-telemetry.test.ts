import { metrics } from '@opentelemetry/api';
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startApi, type TestApi } from '../../support/api.js';

const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 3_600_000 });
const provider = new MeterProvider({ readers: [reader] });
let api: TestApi;

beforeAll(async () => {
  metrics.setGlobalMeterProvider(provider);
  api = await startApi();
});
afterAll(async () => {
  await api.close();
  metrics.disable();
  await provider.shutdown();
});

it('a registered meter provider gets the numbers of /metrics, and no caller', async () => {
  await api.query('erin', 'query Mine { me { kind } expenseReports(first: 1) { nodes { riskScore } } }');
  await api.query(undefined, '{ me { kind } }');
  await reader.forceFlush();
  const sent = exporter.getMetrics().flatMap(({ scopeMetrics }) => scopeMetrics.flatMap((scope) => scope.metrics));
  const points = (name: string) =>
    sent
      .filter(({ descriptor }) => descriptor.name === name)
      .flatMap(({ dataPoints }) => dataPoints.map(({ attributes, value }) => [attributes, value] as const));
  expect(points('entra_graphql.http_requests')).toEqual([
    [{ status: 200 }, 1],
    [{ status: 401 }, 1],
  ]);
  expect(points('entra_graphql.operation.duration')).toEqual([
    [
      { outcome: 'denied', 'graphql.operation.type': 'query', 'error.type': 'FORBIDDEN' },
      expect.objectContaining({ count: 1 }),
    ],
    [
      { outcome: 'denied', 'graphql.operation.type': 'query', 'error.type': 'UNAUTHENTICATED' },
      expect.objectContaining({ count: 1 }),
    ],
  ]);
  expect(points('db.client.connection.wait_time')).toEqual([[{}, expect.objectContaining({ count: 1 })]]);
  expect(points('db.client.connection.count').map(([attributes]) => attributes)).toEqual([
    { 'db.client.connection.state': 'idle' },
    { 'db.client.connection.state': 'used' },
  ]);
  expect(points('entra_graphql.signing_keys_ready')).toEqual([[{}, 1]]);
  expect(JSON.stringify(sent.map(({ dataPoints }) => dataPoints.map(({ attributes }) => attributes)))).not.toMatch(
    /Mine|[0-9a-f]{8}-[0-9a-f]{4}/,
  );
});
