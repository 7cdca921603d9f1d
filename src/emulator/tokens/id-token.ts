import { randomBytes } from 'node:crypto';
import type { Persona } from '../persona.js';
import { pairwiseSubject } from './access-token.js';
import { issuerOf } from './issuer.js';

/** Everything an ID token depends on. */
export interface IdTokenRequest {
  /** Origin of the emulator, as in the token's issuer. */
  readonly instance: string;
  readonly persona: Persona;
  readonly clientId: string;
  readonly nonce: string | undefined;
  /** `preferred_username`, for the client's account list. Undefined without the scope `profile`. */
  readonly userName: string | undefined;
}

const LIFETIME_SECONDS = 3600;

/**
 * Returns the claims of a v2.0 ID token ("ID token claims reference"). The token is for the client and never for an API.
 */
export function idTokenClaims(request: IdTokenRequest, nowMs: number): Record<string, unknown> {
  const nowSeconds = Math.floor(nowMs / 1000);
  const { persona } = request;
  return {
    aud: request.clientId,
    iss: issuerOf(request.instance, 2, persona.tenantId),
    iat: nowSeconds,
    nbf: nowSeconds,
    exp: nowSeconds + LIFETIME_SECONDS,
    ...(request.userName !== undefined && { name: persona.displayName, preferred_username: request.userName }),
    ...(request.nonce !== undefined && { nonce: request.nonce }),
    oid: persona.objectId,
    sub: pairwiseSubject(persona, request.clientId),
    tid: persona.tenantId,
    uti: randomBytes(16).toString('base64url'),
    ver: '2.0',
  };
}
