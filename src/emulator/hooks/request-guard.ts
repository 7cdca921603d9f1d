import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { EmulatorState } from '../emulator-state.js';
import { EntraError } from '../entra-error.js';
import { isRedirectOrigin } from '../requests/redirect-uri.js';

const LOOPBACK_NAMES = ['127.0.0.1', '[::1]', 'localhost'];

/**
 * Refuses what other web pages in the developer's browser could send. The Host check stops a page whose name was made to
 * resolve to 127.0.0.1 (DNS rebinding) from reading tokens as if it were the emulator. The Origin check stops any page from
 * posting a form. Without them any site the developer visits could get tokens for the development API.
 */
export function addRequestGuard(server: FastifyInstance, state: EmulatorState): void {
  server.addHook('onRequest', async (request) => {
    const hosts = ownAddresses(state, request).map(({ host }) => host);
    if (!hosts.includes(request.headers.host ?? '')) throw new EntraError('foreignHost');
    const { origin } = request.headers;
    if (origin === undefined || isHarmless(request)) return;
    if (!isOwnOrigin(state, request) && !isRedirectOrigin(state.directory.clients, origin))
      throw new EntraError('foreignOrigin');
  });
}

/** Returns whether a page of the emulator itself sent the request. */
export function isOwnOrigin(state: EmulatorState, request: FastifyRequest): boolean {
  return ownAddresses(state, request).some(({ origin }) => origin === request.headers.origin);
}

/** Returns the emulator's own addresses. URL leaves out the usual port of the scheme, as clients do. */
function ownAddresses(state: EmulatorState, { protocol }: FastifyRequest): readonly URL[] {
  const port = new URL(state.httpInstance()).port || '80';
  return LOOPBACK_NAMES.map((name) => new URL(`${protocol}://${name}:${port}`));
}

/** Returns whether a request changes nothing. The CORS headers decide whether its answer may be read. */
function isHarmless(request: FastifyRequest): boolean {
  return ['GET', 'HEAD', 'OPTIONS'].includes(request.method);
}
