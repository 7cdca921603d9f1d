// Sends a server's traces by OTLP: node --import ./tracing.mjs node_modules/entra-graphql/dist/main.js start
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { registerInstrumentations } from '@opentelemetry/instrumentation';
import { HttpInstrumentation } from '@opentelemetry/instrumentation-http';
import { PgInstrumentation } from '@opentelemetry/instrumentation-pg';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { BatchSpanProcessor, NodeTracerProvider } from '@opentelemetry/sdk-trace-node';

// A trace must not have what a client asks for by GET, or a value that a statement of your own has as a literal.
const http = new HttpInstrumentation({ redactedQueryParamsServer: ['query', 'variables', 'access_token'] });
const pg = new PgInstrumentation({
  requestHook: (span, { query }) => span.setAttribute('db.query.text', query.text.replace(/'(?:[^']|'')*'/g, '?')),
});
registerInstrumentations({ instrumentations: [http, pg] });

const provider = new NodeTracerProvider({
  resource: resourceFromAttributes({ 'service.name': process.env.OTEL_SERVICE_NAME ?? 'entra-graphql' }),
  spanProcessors: [new BatchSpanProcessor(new OTLPTraceExporter())],
});
provider.register();
process.once('beforeExit', () => provider.shutdown());
