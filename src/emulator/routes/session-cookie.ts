import type { FastifyRequest } from 'fastify';
import type { EmulatorState } from '../emulator-state.js';
import type { Session } from '../grants/sign-in.js';
import { createOpaqueId } from '../opaque-id.js';
import type { Exchange } from './exchange.js';

/**
 * A cookie for each scheme, because a browser does not let http replace a cookie of https. Like Entra's own, the https
 * cookie is also sent in the hidden frames of pages of another site. Single-page applications renew that way without a
 * page.
 */
const COOKIES = {
  http: { name: 'entra_emulator_session', attributes: 'Path=/; HttpOnly; SameSite=Lax' },
  https: { name: '__Host-entra_emulator_session', attributes: 'Path=/; HttpOnly; SameSite=None; Secure' },
};

/** Returns the session of the browser that sent the request. */
export function readSession(state: EmulatorState, request: FastifyRequest): Session | undefined {
  return state.sessions.get(sessionId(request));
}

/** Starts a session under a new id and forgets the old one. An id known before the sign-in is therefore worthless. */
export function startSession(state: EmulatorState, { request, reply }: Exchange, session: Session): void {
  const id = createOpaqueId();
  state.sessions.delete(sessionId(request));
  state.sessions.set(id, session);
  reply.header('set-cookie', cookie(request, id));
}

/** Signs the browser out. */
export function endSession(state: EmulatorState, { request, reply }: Exchange): void {
  state.sessions.delete(sessionId(request));
  reply.header('set-cookie', `${cookie(request, '')}; Max-Age=0`);
}

function cookie({ protocol }: FastifyRequest, value: string): string {
  const { name, attributes } = COOKIES[protocol];
  return `${name}=${value}; ${attributes}`;
}

function sessionId(request: FastifyRequest): string {
  const pairs = (request.headers.cookie ?? '').split(';').map((pair) => pair.trim());
  const { name } = COOKIES[request.protocol];
  return pairs.find((pair) => pair.startsWith(`${name}=`))?.slice(name.length + 1) ?? '';
}
