import { type ASTNode, GraphQLError, type GraphQLResolveInfo, responsePathAsArray } from 'graphql';
import { withoutStack } from '../../authentication/refusals/without-stack.js';
import type { ElementRequirement } from '../requirements/requirement-table.js';
import type { DenialCode, Denied, Missing } from './decide.js';
import { describeMissing } from './describe-missing.js';

/** A field, argument or input field that a caller may not use. Names of the schema only, no value of the request. */
export interface Denial {
  /** The protected element: `Type.field`, `Type.field(argument:)` or `Input.field`. */
  readonly coordinate: string;
  readonly code: DenialCode;
  readonly missing: readonly Missing[];
  /** Response keys and list positions from the root to the field. */
  readonly path: readonly (string | number)[];
  /** The error that a policy threw or rejected with. It is for the server's own log and never for a response. */
  readonly cause?: unknown;
}

/** Creates the denial of an element by the static part of its requirement. */
export function toDenial(element: ElementRequirement, denied: Denied, path: Denial['path']): Denial {
  return { coordinate: element.coordinate, code: denied.code, missing: denied.missing, path };
}

/** Creates the denial of a field for which the decision itself failed, so nothing is known to be missing. */
export function unexplainedDenial(info: GraphQLResolveInfo): Denial {
  const coordinate = `${info.parentType.name}.${info.fieldName}`;
  return { coordinate, code: 'FORBIDDEN', missing: [], path: responsePathAsArray(info.path) };
}

/** Wait before a client asks again for a decision that could not be made. */
export const RETRY_AFTER_SECONDS = 5;

export interface DenialWording {
  /** Whether errors name what is missing. Step-up parameters are always sent, because a client cannot step up without them. */
  readonly hints: boolean;
}

/**
 * Creates the GraphQL error of a denial. Its `extensions` have `code` and `authorization.coordinate`. With hints,
 * `authorization` also has what is missing: `missing` as text and `requires` as data. A step-up adds `claims` and
 * `acr_values`. The error is always new and has `path` and `nodes`, because graphql-js wraps an error without them.
 */
export function toDenialError(denial: Denial, wording: DenialWording, nodes: readonly ASTNode[]): GraphQLError {
  const missing = describeMissing(denial.missing);
  const details = wording.hints && missing !== '' ? { missing, requires: denial.missing } : {};
  const extensions = {
    code: denial.code,
    authorization: { coordinate: denial.coordinate, ...details },
    ...stepUpParameters(denial),
    ...(denial.code === 'SERVICE_UNAVAILABLE' && { retryAfterSeconds: RETRY_AFTER_SECONDS }),
  };
  const message = messageOf(denial, wording.hints ? missing : '');
  return withoutStack(() => new GraphQLError(message, { nodes, path: denial.path, extensions }));
}

/**
 * Returns the first authentication context that is missing, if only authentication contexts are missing. A challenge asks for
 * one at a time: Entra documents one `value`, and `values` would mean any of them (OpenID Connect Core s.5.5.1).
 */
export function authContextOf(denial: Denial): string | undefined {
  if (denial.code !== 'INSUFFICIENT_CLAIMS') return undefined;
  return denial.missing.filter(({ kind }) => kind === 'authContext').flatMap(({ anyOf }) => anyOf.flat())[0];
}

function messageOf({ code, coordinate }: Denial, missing: string): string {
  const needs = missing === '' ? '' : ` It needs ${missing}.`;
  if (code === 'SERVICE_UNAVAILABLE')
    return `The server could not decide now whether you may use ${coordinate}. Try again later.`;
  if (code === 'UNAUTHENTICATED') return `Sign in to use ${coordinate}.`;
  if (code === 'INSUFFICIENT_CLAIMS')
    return `Confirm that it is you, with a second factor, to use ${coordinate}.${needs}`;
  return `You may not use ${coordinate}.${needs}`;
}

/** Returns Entra's claims challenge. The client passes `claims` on to the sign-in unchanged (Entra: claims challenges). */
function stepUpParameters(denial: Denial): { readonly claims?: string; readonly acr_values?: string } {
  const id = authContextOf(denial);
  if (id === undefined) return {};
  const claims = JSON.stringify({ access_token: { acrs: { essential: true, value: id } } });
  return { claims: Buffer.from(claims).toString('base64'), acr_values: id };
}
