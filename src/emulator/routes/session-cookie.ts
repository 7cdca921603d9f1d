import type { FastifyRequest } from 'fastify';
import type { EmulatorState } from '../emulator-state.js';
import type { Session } from '../grants/sign-in.js';
import { createOpaqueId } from '../opaque-id.js';
import type { Exchange } from './exchange.js';

const COOKIE = 'entra_emulator_session';

/** The session of the browser that sent the request. */
export function readSession(state: EmulatorState, request: FastifyRequest): Session | undefined {
  return state.sessions.get(sessionId(request));
}

/** Starts a session under a new id and forgets the old one: an id known before the sign-in is worth nothing. */
export function startSession(state: EmulatorState, { request, reply }: Exchange, session: Session): void {
  const id = createOpaqueId();
  state.sessions.delete(sessionId(request));
  state.sessions.set(id, session);
  reply.header('set-cookie', cookie(state, id));
}

/** Signs the browser out. */
export function endSession(state: EmulatorState, { request, reply }: Exchange): void {
  state.sessions.delete(sessionId(request));
  reply.header('set-cookie', `${cookie(state, '')}; Max-Age=0`);
}

function cookie(state: EmulatorState, value: string): string {
  const secure = state.instance().startsWith('https:') ? '; Secure' : '';
  return `${COOKIE}=${value}; Path=/; HttpOnly; SameSite=Lax${secure}`;
}

function sessionId(request: FastifyRequest): string {
  const pairs = (request.headers.cookie ?? '').split(';').map((pair) => pair.trim());
  return pairs.find((pair) => pair.startsWith(`${COOKIE}=`))?.slice(COOKIE.length + 1) ?? '';
}
