import { createServer } from 'node:http';
import Fastify, { type FastifyInstance } from 'fastify';
import type { EmulatorState } from './emulator-state.js';
import { addGraphRoutes } from './graph/graph-routes.js';
import { addCrossOriginHeaders } from './hooks/cross-origin.js';
import { addErrorPages, addJsonErrors, addUnknownAddress } from './hooks/error-answers.js';
import { addFaults, type FaultSwitch } from './hooks/faults.js';
import { addRequestGuard } from './hooks/request-guard.js';
import { addRequestLog, type LoggedRequest } from './hooks/request-log.js';
import { acceptSecureConnections } from './https/secure-connections.js';
import type { TlsCertificate } from './https/tls-certificate.js';
import { addAuthorizeRoutes } from './routes/authorize-routes.js';
import { addControlRoutes } from './routes/control-routes.js';
import { addDeviceCodeRoute, addDevicePages } from './routes/device-routes.js';
import { addHomeRoutes } from './routes/home-routes.js';
import { addLogoutRoute } from './routes/logout-route.js';
import { addMetadataRoutes } from './routes/metadata-routes.js';
import { addTokenRoute } from './routes/token-route.js';

const BODY_LIMIT_BYTES = 65_536;

/** The emulator's HTTP server, not yet listening. */
export interface EmulatorServer {
  readonly server: FastifyInstance;
  readonly requests: () => readonly LoggedRequest[];
}

/** Puts hooks and routes together. Pages, endpoints and controls each have their own rules. */
export function createEmulatorServer(
  state: EmulatorState,
  faults: FaultSwitch,
  certificate: TlsCertificate | undefined,
): EmulatorServer {
  const server: FastifyInstance = Fastify({
    bodyLimit: BODY_LIMIT_BYTES,
    // `close()` must not wait for browsers that keep their connections.
    forceCloseConnections: true,
    serverFactory: (handler) => {
      const server = createServer(handler);
      if (certificate) acceptSecureConnections(server, certificate);
      return server;
    },
  });
  const requests = addRequestLog(server);
  addResponseHeaders(server);
  addJsonErrors(server, state);
  addUnknownAddress(server);
  addRequestGuard(server, state);
  addFaults(server, faults);
  server.register(async (pages) => addPages(pages, state));
  server.register(async (endpoints) => addEndpoints(endpoints, state));
  server.register(async (graph) => addGraphRoutes(graph, state));
  server.register(async (controls) => addControlRoutes(controls, state, faults));
  return { server, requests };
}

/** Adds the addresses for people. They answer with HTML even for errors. */
function addPages(server: FastifyInstance, state: EmulatorState): void {
  acceptFormsOnly(server);
  addErrorPages(server);
  addAuthorizeRoutes(server, state);
  addDevicePages(server, state);
  addLogoutRoute(server, state);
  addHomeRoutes(server, state);
}

/** Adds the addresses for programs. They answer with JSON. */
async function addEndpoints(server: FastifyInstance, state: EmulatorState): Promise<void> {
  acceptFormsOnly(server);
  await addCrossOriginHeaders(server, state);
  addMetadataRoutes(server, state);
  addTokenRoute(server, state);
  addDeviceCodeRoute(server, state);
}

/**
 * Accepts forms only, as OAuth sends them (RFC 6749 app. B). They stay text here so that a parameter sent twice can be
 * seen.
 */
function acceptFormsOnly(server: FastifyInstance): void {
  server.removeAllContentTypeParsers();
  server.addContentTypeParser(
    'application/x-www-form-urlencoded',
    { parseAs: 'string' },
    async (_request: unknown, body: unknown) => body,
  );
}

function addResponseHeaders(server: FastifyInstance): void {
  server.addHook('onRequest', async (_request, reply) => {
    reply.headers({
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      // Addresses contain codes. `no-referrer` would make browsers send `Origin: null` with our own forms.
      'referrer-policy': 'same-origin',
    });
  });
}
