import type { JsonObject } from '../json-object.js';
import type { TokenRequirements } from '../options/token-requirements.js';
import type { VerifierSettings } from '../token/verify-access-token.js';
import type { TokenVersion } from '../token-version.js';

export interface ExplanationSettings extends VerifierSettings {
  /** Given when nothing may be fetched: the issuers that the authority can have. No key or signature is looked at then. */
  readonly offlineIssuers?: (version: TokenVersion) => readonly string[];
}

export interface AdviceSettings {
  readonly required: TokenRequirements;
  /**
   * Issuers of the authority. The usual one comes first. `{tenantid}` stands for the tenant. Empty while it is not known.
   */
  issuersOf(version: TokenVersion): readonly string[];
}

/** One check, ready to be run on its own. */
export interface ExplanationStep {
  readonly check: string;
  /** A function is called after the check, because the check may give the answer. */
  readonly expected: string | (() => string);
  readonly found: string;
  /** Throws what the server would refuse the token with. Undefined: there is nothing to run it on. */
  readonly run: (() => unknown) | undefined;
}

/** The parts of a token that could be read; nothing in them is verified. */
export interface TokenFacts {
  readonly header: JsonObject | undefined;
  readonly payload: JsonObject | undefined;
  /** Whether the third part is written as a signature is; nothing is said of what it signs. */
  readonly hasReadableSignature: boolean;
}
