import type { Persona } from '../persona.js';
import type { ScopeRequest } from '../requests/scope-request.js';
import type { SignInRequest } from '../requests/sign-in-request.js';

/** A user's consent that a client act for them. Codes and refresh tokens stand for it. */
export interface SignIn {
  readonly persona: Persona;
  readonly clientId: string;
  readonly scope: ScopeRequest;
  /** Authentication contexts satisfied at this sign-in. Every access token that follows from it has them. */
  readonly authContexts: readonly string[];
  /** When the user signed in, in seconds since 1970. A renewed token and a silent sign-in keep it. */
  readonly signedInSeconds: number;
  /** Client capabilities the sign-in named. */
  readonly capabilities: readonly string[];
  readonly nonce: string | undefined;
  /** Earliest time that the next access token may be dated, in seconds since 1970. */
  readonly notBeforeSeconds?: number | undefined;
}

/** An authorization code with everything that its redemption needs. */
export interface IssuedCode {
  readonly signIn: SignIn;
  readonly redirectUri: string;
  /** S256 challenge (RFC 7636). Undefined for a confidential client that did not use PKCE. */
  readonly codeChallenge: string | undefined;
}

/** A client waits for a user to sign in on another device (RFC 8628). */
export interface DeviceRequest extends SignInRequest {
  readonly deviceCode: string;
  readonly userCode: string;
  /** Decision of the user. Undefined until there is one. */
  decision: SignIn | 'declined' | undefined;
}

/** The session of a persona in a browser. Single sign-on depends on it. */
export interface Session {
  readonly persona: Persona;
  /** Satisfied in this session. */
  readonly authContexts: readonly string[];
  /** When the user signed in, in seconds since 1970. */
  readonly signedInSeconds: number;
}
