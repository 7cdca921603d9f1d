import type { GraphQLSchema } from 'graphql';
import type { Caller } from '../authentication/caller.js';
import { type AuthorizationOptions, checkAuthorizationOptions } from './authorization-options.js';
import { createDecisions } from './decisions/decisions.js';
import type { Denial } from './decisions/denial.js';
import { createDenialErrors } from './decisions/denial-errors.js';
import { readCaller } from './decisions/read-caller.js';
import { requireResolvedEntities } from './guards/entities/entity-resolvers.js';
import { createWrittenFields } from './guards/entities/written-fields.js';
import type { GuardEngine } from './guards/guard-engine.js';
import { guardSchema } from './guards/guard-schema.js';
import { resolveAsHost } from './guards/host-server.js';
import { createDecisionsByPlace } from './guards/memory/decisions-by-place.js';
import { rememberDenials } from './guards/memory/remembered-denials.js';
import { createObjectJudge } from './guards/object-judge.js';
import { createPolicyDecision } from './guards/policies.js';
import type { AuthorizationContext } from './guards/resolver-call.js';
import { createAskShield } from './guards/shield-middleware.js';
import { createShieldRules } from './guards/shield-rules.js';
import { AUTHORIZATION_LIMITS } from './limits.js';
import {
  checkOperation,
  hangsOnGroups,
  isPublicOperation,
  type OperationDecision,
  type OperationToCheck,
} from './operations/check-operation.js';
import type { DeniedPlace } from './operations/denied-fields.js';
import { createPlanner } from './operations/planner.js';
import { explainAccess, type FieldAccess } from './permissions/explain-access.js';
import { mayUse } from './permissions/may-use.js';
import { createPermittedSchemas } from './permitted-schema/permitted-schemas.js';
import { createProtectedInputs } from './requirements/protected-inputs.js';
import type { RequirementTable } from './requirements/requirement-table.js';
import { compileRequirements } from './rules/compile-requirements.js';

export type { AuthorizationOptions } from './authorization-options.js';
export type { Denial } from './decisions/denial.js';
export type { Policy, PolicyInput } from './guards/policies.js';
export type { AuthorizationContext } from './guards/resolver-call.js';
export type { OperationDecision, OperationToCheck } from './operations/check-operation.js';
export type { FieldAccess } from './permissions/explain-access.js';

/** Decides who may use which field of one schema. */
export interface Authorization<TContext extends AuthorizationContext = AuthorizationContext> {
  readonly requirements: RequirementTable;
  /** The schema with its guards: safe to execute with any caller in the context. */
  readonly schema: GraphQLSchema;
  /** Decides an operation before it is executed. With a context, `onDenied` receives what is (or would be) refused. */
  check(operation: OperationToCheck & { readonly context?: TContext }): OperationDecision;
  /**
   * Returns whether the operation depends on roles that groups of the caller may give (`undecidedRoles`): by a rule, by a
   * policy, or because a root field is one of `readers`. Look the groups up then, and check with the whole caller.
   *
   * @param readers coordinates of root fields whose resolvers may read roles, such as `Query.reports`
   */
  hangsOnGroups(operation: OperationToCheck, readers?: ReadonlySet<string>): boolean;
  /** Whether everything that an operation selects is `@public`, so that its answer may be stored for others. */
  isPublic(operation: Pick<OperationToCheck, 'document' | 'operationName'>): boolean;
  /** Returns what a caller may use. `undefined` is the anonymous caller. */
  explain(caller: Caller | undefined): readonly FieldAccess[];
  /**
   * Returns whether a caller's token suffices for a field, an argument or an input field: `Type.field`,
   * `Type.field(argument:)`, `Input.field`. Policies may still deny some objects. An unknown coordinate is false.
   */
  may(caller: Caller | undefined, coordinate: string): boolean;
  /**
   * Returns the schema of what a caller may use, for introspection and validation. Elements that policies, a step-up or
   * groups decide are in it. It has no resolvers.
   */
  permittedSchema(caller: Caller | undefined): GraphQLSchema;
}

/**
 * Compiles the rules of a schema and builds everything that enforces them.
 *
 * @throws TypeError for an option that is unknown or of another type
 * @throws RequirementError with every problem of the rules, before anything can be served.
 */
export function createAuthorization<TContext extends AuthorizationContext>(
  options: AuthorizationOptions<TContext>,
): Authorization<TContext> {
  checkAuthorizationOptions(options);
  const {
    schema,
    policies = {},
    mode = 'enforce',
    hints = true,
    policyTimeoutMs = AUTHORIZATION_LIMITS.policyMilliseconds.default,
    planCacheBytes,
    permittedSchemaCacheBytes: maxBytes,
  } = options;
  const onDenied = ignoringFailures(options.onDenied ?? (() => undefined));
  const { anonymousSdl = false, agents = 'open', fastPath = true } = options;
  const table = compileRequirements(schema, Object.keys(policies), options.typeDefs, { anonymousSdl, agents });
  requireResolvedEntities(schema, table);
  const wording = { hints };
  const decisions = createDecisions(table.requirements);
  const protectedInputs = createProtectedInputs(schema, table.inputs);
  const planner = createPlanner({ schema, table, protectedInputs }, planCacheBytes);
  const written = createWrittenFields(schema);
  const decidePolicies = createPolicyDecision(policies, policyTimeoutMs, written.hide);
  const engine: GuardEngine<TContext> = {
    table,
    decisions,
    planner,
    protectedInputs,
    mode,
    denials: rememberDenials(wording),
    decidePolicies,
    written,
    objects: createObjectJudge({ table, decisions, decidePolicies }),
    rules: createShieldRules(table, protectedInputs, decisions),
    askShield: createAskShield(),
    fastPath,
    decideOnce: createDecisionsByPlace(),
    onDenied,
  };
  const wordDenial = createDenialErrors(wording);
  const deny = (denial: Denial, { nodes, context }: DeniedPlace<TContext>) => {
    onDenied(denial, context);
    return wordDenial(denial, nodes);
  };
  const permittedSchema = createPermittedSchemas({ schema, table, decisions, mode, maxBytes });
  const check = { schema, planner, decisions, protectedInputs, mode, fastPath, wording, deny };
  return {
    requirements: table,
    schema: guardSchema(schema, engine, {
      field: options.fieldResolver ?? resolveAsHost,
      subscribe: options.subscribeFieldResolver ?? resolveAsHost,
    }),
    hangsOnGroups: (operation, readers) => hangsOnGroups(check, operation, readers),
    isPublic: ({ document, operationName }) => isPublicOperation(check, document, operationName),
    check(operation) {
      const { context } = operation;
      const decision = checkOperation(check, { ...operation, caller: readCaller(operation.caller) });
      if (context && decision.kind !== 'unguarded') {
        for (const denial of decision.denials ?? []) {
          if (denial.code !== 'SERVICE_UNAVAILABLE') onDenied(denial, context);
        }
      }
      return decision;
    },
    explain(caller) {
      const access = explainAccess(table, decisions, readCaller(caller));
      return hints ? access : access.map((field) => ({ ...field, missing: undefined }));
    },
    may: (caller, coordinate) => mayUse(table, decisions, readCaller(caller), coordinate),
    permittedSchema: (caller) => permittedSchema(readCaller(caller)),
  };
}

function ignoringFailures<TContext>(
  onDenied: (denial: Denial, context: TContext) => void,
): (denial: Denial, context: TContext) => void {
  return (denial, context) => {
    try {
      onDenied(denial, context);
    } catch {
      // A log or metric that fails must not decide what a caller gets to see.
    }
  };
}
