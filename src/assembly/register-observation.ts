import type { FastifyInstance } from 'fastify';
import type { Authentication } from '../authentication/authentication.js';
import type { Config } from '../config/config.js';
import type { AnyResource } from '../graphql/resource.js';
import { registerHealth } from '../http/health/health.js';
import { createReadinessGauge, type Dependency, PartlyReadyError } from '../http/health/readiness.js';
import { authenticationGauges } from '../http/metrics/authentication-gauges.js';
import { registerMetrics } from '../http/metrics/metrics.js';
import { registerOpenTelemetryMetrics } from '../http/metrics/open-telemetry.js';
import type { Gauge, ServerCounts } from '../http/metrics/server-counts.js';

/** Registers `/metrics`, the metrics of OpenTelemetry, and `/healthz` and `/readyz`. */
export async function registerObservation(
  fastify: FastifyInstance,
  config: Config,
  parts: {
    readonly server: { readonly name: string; readonly version: string };
    readonly resource: AnyResource;
    readonly authentication: Authentication;
    readonly counts: ServerCounts;
    isStopping(): boolean;
  },
): Promise<void> {
  const { server, resource, authentication, counts, isStopping } = parts;
  const { http, limits } = config;
  const { mode } = config.authorization;
  const readinessGauge = createReadinessGauge();
  counts.gauges.push(...authenticationGauges(authentication), ...revocationGauges(resource), readinessGauge);
  counts.caches.set('verified_tokens', () => authentication.measures().tokenLookups);
  registerOpenTelemetryMetrics(counts, { ...server, mode });
  await registerMetrics(fastify, { token: http.metricsToken, counts, mode, limits });
  registerHealth(fastify, isStopping, {
    dependencies: [
      { name: 'database', check: () => resource.ping(), graceMs: http.readyWithoutDatabaseMs },
      ...revocationCheck(config, resource),
      { name: 'signingKeys', check: async () => assertReady(authentication.readiness()) },
    ],
    gauge: readinessGauge,
  });
}

/** None where no source says whether it knows every revocation. */
function revocationGauges({ revocations }: AnyResource): Gauge[] {
  if (!revocations?.isUpToDate) return [];
  return [
    {
      name: 'revocations_known',
      help: '1 while every revocation is known, 0 while they cannot be read.',
      read: () => [['', revocations.isUpToDate?.() ? 1 : 0]],
    },
  ];
}

/** Without the revocations every token is refused, so a load balancer should send requests to another replica. */
function revocationCheck({ authentication, http }: Config, { revocations }: AnyResource): readonly Dependency[] {
  if (authentication.unknownRevocations === 'served' || !revocations?.isUpToDate) return [];
  const check = async () => {
    if (revocations.isUpToDate?.() !== true) throw new Error(REVOCATIONS_UNKNOWN);
  };
  return [{ name: 'revocations', check, graceMs: http.readyWithoutDatabaseMs }];
}

const REVOCATIONS_UNKNOWN =
  'the revocations cannot be read, and REVOCATIONS_UNKNOWN=refused refuses every token: see the warning about the revocations';

function assertReady({ ready, degraded, detail }: ReturnType<Authentication['readiness']>): void {
  if (!ready) throw degraded ? new PartlyReadyError(detail) : new Error(detail);
}
