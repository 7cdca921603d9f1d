import type { FieldNode, GraphQLError } from 'graphql';
import type { Caller } from '../../authentication/caller.js';
import type { DenialCode, Missing } from '../decisions/decide.js';
import { authContextOf, type Denial, type DenialWording, toDenialError } from '../decisions/denial.js';
import { AUTHORIZATION_LIMITS } from '../limits.js';

/** Parameters of a `WWW-Authenticate` challenge (RFC 6750 s.3 and Entra: claims challenges). */
export interface Challenge {
  /** Scopes with which a new token might do. Left out when hints are off or scopes are not what is missing. */
  readonly scopes?: readonly string[];
  /** Authentication context to step up to. */
  readonly authContext?: string;
  /** The operation is closed to agents or applications, so that no other token of this client would do. */
  readonly isClosed?: true;
}

/** The refusal of a whole operation: nothing of it may run. */
export interface Refusal {
  readonly kind: 'refused';
  readonly status: 401 | 403 | 503;
  /** Between one and 20 errors. All have the code that decided the status. */
  readonly errors: readonly GraphQLError[];
  readonly challenge: Challenge;
  /** How many denials with that code are left out of `errors`. */
  readonly omitted: number;
  /** The denials behind the errors, for the log. */
  readonly denials: readonly Denial[];
}

/** A denial and the field that it is about, or in whose arguments it was found. */
export interface LocatedDenial {
  readonly denial: Denial;
  readonly node: FieldNode;
}

const MAX_ERRORS = AUTHORIZATION_LIMITS.denials.default;

/**
 * Returns the refusal of an operation for these denials. There must be at least one. An anonymous caller gets 401. Others
 * get 403 if anything is `FORBIDDEN`, 503 if anything is not known, and otherwise a step-up. A step-up is 401 for a client
 * that understands a claims challenge.
 */
export function toRefusal(
  denials: readonly LocatedDenial[],
  caller: Caller | undefined,
  wording: DenialWording,
): Refusal {
  const code = decisiveCode(denials);
  const decisive = denials.filter(({ denial }) => denial.code === code);
  return {
    kind: 'refused',
    status: statusOf(code, caller),
    errors: decisive.slice(0, MAX_ERRORS).map(({ denial, node }) => toDenialError(denial, wording, [node])),
    omitted: Math.max(0, decisive.length - MAX_ERRORS),
    challenge: toChallenge(decisive, code, wording),
    denials: decisive.slice(0, MAX_ERRORS).map(({ denial }) => denial),
  };
}

const DECISIVE: readonly DenialCode[] = ['UNAUTHENTICATED', 'FORBIDDEN', 'SERVICE_UNAVAILABLE', 'INSUFFICIENT_CLAIMS'];

function decisiveCode(denials: readonly LocatedDenial[]): DenialCode {
  const codes = new Set(denials.map(({ denial }) => denial.code));
  return DECISIVE.find((code) => codes.has(code)) ?? 'FORBIDDEN';
}

function statusOf(code: DenialCode, caller: Caller | undefined): Refusal['status'] {
  if (code === 'UNAUTHENTICATED') return 401;
  if (code === 'SERVICE_UNAVAILABLE') return 503;
  // A client without the declared capability would treat a claims challenge as a rejected token and loop.
  const canStepUp = caller?.kind === 'delegated' && caller.canStepUp;
  return code === 'INSUFFICIENT_CLAIMS' && canStepUp ? 401 : 403;
}

function toChallenge(denials: readonly LocatedDenial[], code: DenialCode, wording: DenialWording): Challenge {
  if (code === 'INSUFFICIENT_CLAIMS') {
    const authContext = denials.map(({ denial }) => authContextOf(denial)).find((id) => id !== undefined);
    return authContext === undefined ? {} : { authContext };
  }
  if (denials.some(({ denial }) => denial.missing.some(isKindOfCaller))) return { isClosed: true };
  if (!wording.hints) return {};
  const scopes = missingScopes(denials);
  return scopes.length === 0 ? {} : { scopes };
}

/** Returns whether the caller lacks what no token can give it. */
function isKindOfCaller({ kind }: Missing): boolean {
  return kind === 'noAgent' || kind === 'user';
}

/** Returns the missing scopes. If there are several alternatives it returns the one that the schema names first. */
function missingScopes(denials: readonly LocatedDenial[]): readonly string[] {
  const clauses = denials.flatMap(({ denial }) => denial.missing).filter(({ kind }) => kind === 'scope');
  return [...new Set(clauses.flatMap(({ anyOf }) => anyOf.slice(0, 1).flat()))];
}
