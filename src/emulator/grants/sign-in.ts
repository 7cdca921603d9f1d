import type { Persona } from '../persona.js';
import type { ScopeRequest } from '../requests/scope-request.js';

/** A user let a client act for them: what codes and refresh tokens stand for. */
export interface SignIn {
  readonly persona: Persona;
  readonly clientId: string;
  readonly scope: ScopeRequest;
  /** Authentication contexts satisfied at this sign-in; every access token that follows from it has them. */
  readonly authContexts: readonly string[];
  /** Client capabilities the sign-in named. */
  readonly capabilities: readonly string[];
  readonly nonce: string | undefined;
}
