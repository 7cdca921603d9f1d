import type { Persona } from '../persona.js';

/** `client_info`, which Microsoft's client libraries identify an account by: base64url of `{"uid","utid"}`. */
export function clientInfo(persona: Persona): string {
  return Buffer.from(JSON.stringify({ uid: persona.objectId, utid: persona.tenantId })).toString('base64url');
}
