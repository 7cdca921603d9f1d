import type { Persona } from '../persona.js';

/** Returns `client_info` as base64url of `{"uid","utid"}`. Microsoft's client libraries identify an account by it. */
export function clientInfo(persona: Persona): string {
  return Buffer.from(JSON.stringify({ uid: persona.objectId, utid: persona.tenantId })).toString('base64url');
}
