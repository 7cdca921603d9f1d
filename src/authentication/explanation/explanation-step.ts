import type { JsonObject } from '../token/json-object.js';

/** One check, ready to be run on its own. */
export interface ExplanationStep {
  readonly check: string;
  readonly expected: string;
  readonly found: string;
  /** Throws what the server would refuse the token with. Undefined: there is nothing to run it on. */
  readonly run: (() => unknown) | undefined;
}

/** The parts of a token that could be read; nothing in them is verified. */
export interface TokenFacts {
  readonly header: JsonObject | undefined;
  readonly payload: JsonObject | undefined;
}
