import type { GraphQLResolveInfo } from 'graphql';
import type { Caller } from '../../authentication/caller.js';
import { type Decision, decide } from '../decisions/decide.js';
import { toDenialError, unexplainedDenial } from '../decisions/denial.js';
import { describeClause } from '../decisions/describe-missing.js';
import { type Clause, type ClauseKind, type Clauses, createClause } from '../requirements/requirement.js';
import { type AuthorizationContext, callerOf } from './resolver-call.js';
import { createRule, deny, type ShieldOptions, type ShieldRule } from './shield-middleware.js';

/** Alternatives of names that a caller needs. As in the directives, the outer list is OR and the inner one AND. */
export type Alternatives = readonly (readonly string[])[];

/**
 * Creates the rule of `@requiresScopes`: a user whose token has these scopes. See {@link shieldOptions} for Node 23 and newer.
 */
export function hasScopes(scopes: Alternatives): ShieldRule {
  return ruleOfClause(readClause('scope', scopes));
}

/** Creates the rule of `@requiresRoles`: a user with these app roles. See {@link shieldOptions} for Node 23 and newer. */
export function hasRoles(roles: Alternatives): ShieldRule {
  return ruleOfClause(readClause('role', roles));
}

/**
 * Creates the rule of `@allowsApps`: an application without a user that has these application permissions. See
 * {@link shieldOptions} for Node 23 and newer.
 */
export function isApplicationWith(permissions: Alternatives): ShieldRule {
  return ruleOfClause(readClause('permission', permissions));
}

/**
 * Creates the rule of `@requiresAuthContext`. It needs a user whose token has this authentication context, such as `c1`. See
 * {@link shieldOptions} for Node 23 and newer.
 */
export function hasAuthContext(id: string): ShieldRule {
  return ruleOfClause(readClause('authContext', [[id]]));
}

/** The rule of `@authenticated`: any verified caller. */
export const isAuthenticated: ShieldRule = callerRule('an access token', undefined, []);

/** Any signed-in user, and no application. */
export const isUser: ShieldRule = callerRule('a signed-in user', 'delegated', []);

/** Any application without a user. */
export const isApplication: ShieldRule = callerRule('an application', 'app-only', []);

/** The rule of `@forbidsAgents`: any verified caller that is not an agent. Join it with the rule for the rights. */
export const isNotAgent: ShieldRule = callerRule('not an agent', undefined, [], true);

export function ruleOfClause(clause: Clause): ShieldRule {
  return callerRule(describeClause(clause), clause.kind === 'permission' ? 'app-only' : 'delegated', [clause]);
}

/**
 * Options for a tree written by hand. They close gaps of shield: a field without a rule is denied, each denial is an error
 * of its own with a code, and the errors of resolvers stay unchanged.
 *
 * On Node 23 and newer, the ES build of graphql-shield does not load. Load its CommonJS build, and use neither `chain` nor
 * `race`, which throw there: `const { and, or, shield } = createRequire(import.meta.url)('graphql-shield')`.
 */
export const shieldOptions: ShieldOptions = {
  fallbackRule: deny,
  fallbackError: createFallbackError,
  allowExternalErrors: true,
};

function createFallbackError(
  _error: unknown,
  _parent: unknown,
  _args: unknown,
  context: object,
  info: GraphQLResolveInfo,
) {
  const { caller }: Partial<AuthorizationContext> = context;
  return errorOf(decide({ isPublic: false, delegated: [], app: [] }, caller), info);
}

/**
 * Creates a rule that decides by the caller in the context. It denies callers of another kind without an error, so that an
 * `or` of rules for both kinds answers with the error of the rule for the caller's own.
 *
 * Trap: shield refuses a tree with two rules of one name that are not equal. Rules that ask the same are equal.
 *
 * @param kind undefined: both
 */
function callerRule(
  name: string,
  kind: Caller['kind'] | undefined,
  clauses: Clauses,
  forbidsAgents = false,
): ShieldRule {
  const requirement = { isPublic: false, delegated: clauses, app: clauses, forbidsAgents };
  const rule = createRule<AuthorizationContext>(name, (_parent, _args, context, info) => {
    try {
      const caller = callerOf(context);
      if (caller && kind && caller.kind !== kind) return false;
      const decision = decide(requirement, caller);
      return decision.kind === 'allowed' || errorOf(decision, info);
    } catch (error) {
      // The context has no caller. A returned message tells the developer so. A thrown error would become "Not Authorised!".
      return Object(error);
    }
  });
  const asks = JSON.stringify([kind, clauses, forbidsAgents]);
  return Object.assign(rule, { asks, equals: (other: object) => Reflect.get(other, 'asks') === asks });
}

function errorOf(decision: Decision, info: GraphQLResolveInfo): Error {
  return toDenialError({ ...unexplainedDenial(info), ...decision }, { hints: true }, info.fieldNodes);
}

/** @throws TypeError for anything but lists of names, because an empty list would grant without a condition */
function readClause(kind: ClauseKind, anyOf: Alternatives): Clause {
  const isName = (name: unknown) => typeof name === 'string' && name !== '';
  const isNames = (all: unknown) => Array.isArray(all) && all.length > 0 && all.every(isName);
  if (Array.isArray(anyOf) && anyOf.length > 0 && anyOf.every(isNames)) return createClause(kind, anyOf);
  throw new TypeError(`A rule for a ${kind} needs lists of names, such as [["first", "second"], ["third"]].`);
}
