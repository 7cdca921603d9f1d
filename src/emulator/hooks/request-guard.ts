import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { EmulatorState } from '../emulator-state.js';
import { EntraError } from '../entra-error.js';
import { redirectOriginsOf } from '../requests/redirect-uri.js';

const LOOPBACK_NAMES = ['127.0.0.1', '[::1]', 'localhost'];

/**
 * Refuses what other web pages in the developer's browser could send. Threats: a page whose name was made to resolve to
 * 127.0.0.1 (DNS rebinding) reads tokens as if it were the emulator, hence the Host check; a page anywhere posts a form,
 * hence the Origin check. Without them any site the developer visits could get tokens for the development API.
 */
export function addRequestGuard(server: FastifyInstance, state: EmulatorState): void {
  const redirectOrigins = redirectOriginsOf(state.directory.clients);
  server.addHook('onRequest', async (request) => {
    const { protocol, port } = new URL(state.instance());
    const hosts = LOOPBACK_NAMES.map((name) => (port ? `${name}:${port}` : name));
    if (!hosts.includes(request.headers.host ?? '')) throw new EntraError('foreignHost');
    const { origin } = request.headers;
    if (origin === undefined || isHarmless(request)) return;
    const isOwn = hosts.some((host) => origin === `${protocol}//${host}`);
    if (!isOwn && !redirectOrigins.has(origin)) throw new EntraError('foreignOrigin');
  });
}

/** Only requests that change nothing: whether their answers may be read is for the CORS headers to say. */
function isHarmless(request: FastifyRequest): boolean {
  return ['GET', 'HEAD', 'OPTIONS'].includes(request.method);
}
