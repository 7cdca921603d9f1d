import type { FastifyRequest } from 'fastify';
import { type Authority, findAuthority } from '../directory.js';
import type { EmulatorState } from '../emulator-state.js';

/**
 * Returns the emulator's origin as metadata, issuers and pages name it to this request.
 *
 * Over http it is always the same, so that a server accepts the tokens of clients that use another loopback name. Over
 * https it is the name that was called, because Microsoft's client libraries refuse metadata of another origin. The Host
 * header is safe to take. The request guard lets only loopback names with the emulator's own port pass.
 */
export function instanceOf(state: EmulatorState, { protocol, host }: FastifyRequest): string {
  return protocol === 'http' ? state.httpInstance() : `https://${host}`;
}

/**
 * Returns the authority in the address of a request.
 *
 * @throws EntraError `unknownTenant`
 */
export function authorityOf(state: EmulatorState, request: FastifyRequest<{ Params: { tenant: string } }>): Authority {
  return findAuthority(state.directory, instanceOf(state, request), request.params.tenant);
}
