import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { json } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Emulator, startEmulator } from '../../src/emulator/emulator.js';
import { emulatorSettings } from '../../src/expenses/sample-data/emulator-settings.js';
import { settingsOf } from '../support/api.js';
import { copyBuiltProject, linkModules, project } from '../support/built-project.js';
import { freePorts, outputOf, until } from '../support/command.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';

/** A span as OTLP has it in JSON. */
interface SentSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly scope: string;
}

const TRACE = '0af7651916cd43dd8448eb211c80319c';
const CALLER_SPAN = 'b7ad6b7169203331';
const SECRET = 'hunter2';

let folder: string;
let emulator: Emulator;
let database: TestDatabase;
let collector: Server;
let collectorAddress: string;
const spans: SentSpan[] = [];
/** Metrics as OTLP has them in JSON. */
const sentMetrics: { readonly name: string }[] = [];

beforeAll(async () => {
  [folder, emulator, database] = await Promise.all([
    mkdtemp(join(tmpdir(), 'entra-graphql-tracing-')),
    startEmulator({ ...emulatorSettings, port: 0 }),
    createTestDatabase(),
  ]);
  await copyBuiltProject(folder);
  await linkModules(folder);
  await copyFile(fileURLToPath(new URL('../../examples/tracing.mjs', import.meta.url)), join(folder, 'tracing.mjs'));
  const page = await readFile(join(project, 'docs', 'operations.md'), 'utf8');
  const [, metrics = ''] = /```js\n([^`]*OTLPMetricExporter[^`]*)```/.exec(page) ?? [];
  await writeFile(join(folder, 'metrics.mjs'), metrics);
  collector = createServer(async (request, response) => {
    // biome-ignore lint/suspicious/noExplicitAny: what the library of the exporter writes
    const { resourceSpans = [], resourceMetrics = [] }: any = await json(request);
    for (const { scopeMetrics } of resourceMetrics) {
      for (const { metrics } of scopeMetrics) sentMetrics.push(...metrics);
    }
    for (const { scopeSpans } of resourceSpans) {
      for (const { scope, spans: sent } of scopeSpans) {
        for (const span of sent) spans.push({ ...span, scope: scope.name });
      }
    }
    response.end('{}');
  });
  await new Promise<void>((listening) => collector.listen(0, '127.0.0.1', listening));
  collectorAddress = `http://127.0.0.1:${Object(collector.address()).port}`;
});
afterAll(() =>
  Promise.all([
    rm(folder, { recursive: true, force: true }),
    emulator?.close(),
    database?.drop(),
    new Promise((closed) => collector?.close(closed)),
  ]),
);

/** Runs the built server with the example and the page's metrics in front of it; afterwards all its spans and metrics are there. */
async function withServer(use: (address: string) => Promise<void>): Promise<void> {
  const port = await freePorts();
  const first = ['--import', './tracing.mjs', '--import', './metrics.mjs'];
  const server = spawn(process.execPath, [...first, join('dist', 'main.js'), 'start'], {
    cwd: folder,
    env: {
      PATH: process.env.PATH,
      PORT: String(port),
      ...settingsOf(emulator),
      DATABASE_URL: database.runtimeUrl,
      OTEL_EXPORTER_OTLP_ENDPOINT: collectorAddress,
    },
  });
  const exited = once(server, 'close');
  const output = outputOf(server);
  const address = `http://127.0.0.1:${port}`;
  const isReady = async () => (await fetch(`${address}/readyz`).catch(() => undefined))?.status === 200;
  try {
    await until(isReady, output);
    await use(`${address}/graphql`);
    server.kill('SIGTERM');
    expect(await exited).toEqual([0, null]);
  } finally {
    server.kill('SIGKILL');
  }
}

const childrenOf = (span: SentSpan | undefined) => spans.filter(({ parentSpanId }) => parentSpanId === span?.spanId);

it('sends one trace of HTTP, GraphQL and PostgreSQL, and metrics, with nothing of who asks and for what', {
  timeout: 60_000,
}, async () => {
  const token = await emulator.issueAccessToken('ada');
  const headers = { authorization: `Bearer ${token}`, traceparent: `00-${TRACE}-${CALLER_SPAN}-01` };
  const asked = { query: 'query Reports { expenseReports(first: 5) { nodes { title author { name } } } }' };
  await withServer(async (address) => {
    for (const _way of ['through Apollo Server', 'past it']) {
      const response = await fetch(address, {
        method: 'POST',
        headers: { ...headers, 'content-type': 'application/json' },
        body: JSON.stringify(asked),
      });
      expect(response.status).toBe(200);
    }
    const byGet = new URLSearchParams({ query: `{ node(id: "${SECRET}") { id } }`, variables: `{"a":"${SECRET}"}` });
    await fetch(`${address}?${byGet}`, { headers: { ...headers, 'apollo-require-preflight': '1' } });
  });

  const requests = spans.filter(({ parentSpanId }) => parentSpanId === CALLER_SPAN);
  expect(requests.map(({ scope, name }) => [scope, name])).toEqual(
    ['POST', 'POST', 'GET'].map((name) => ['@opentelemetry/instrumentation-http', name]),
  );
  for (const request of requests.slice(0, 2)) {
    const [operation, ...others] = childrenOf(request);
    expect(operation).toMatchObject({ scope: 'entra-graphql', name: 'query', traceId: TRACE });
    expect(others).toEqual([]);
    const statements = childrenOf(operation).map(({ name }) => name.split(' ')[0]);
    // BEGIN goes with the first statement. A prepared one has its own name.
    const read = expect.stringMatching(/^pg\.query:(SELECT|entra_\d+)$/);
    expect(statements).toEqual(['pg-pool.connect', read, 'pg.query:ROLLBACK']);
  }
  const { oid, tid } = JSON.parse(String(Buffer.from(String(token.split('.')[1]), 'base64url')));
  expect(sentMetrics.map(({ name }) => name)).toEqual(
    expect.arrayContaining([
      'entra_graphql.http_requests',
      'entra_graphql.operation.duration',
      'entra_graphql.signing_keys_ready',
      'db.client.connection.count',
      'db.client.connection.wait_time',
    ]),
  );
  const sent = JSON.stringify([spans, sentMetrics]);
  const claims = [oid, tid, 'Ada Adeyemi'];
  for (const secret of [SECRET, token, ...claims]) expect(sent).not.toContain(secret);
});
