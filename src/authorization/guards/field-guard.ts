import type { GraphQLFieldResolver, GraphQLResolveInfo } from 'graphql';
import type { Denial } from '../decisions/denial.js';
import { findUsedArguments } from '../operations/argument-requirements.js';
import { interfaceUsesAt } from '../operations/interface-uses.js';
import type { FieldUse, OperationPlan } from '../operations/operation-plan.js';
import type { ProtectedArgument } from '../requirements/protected-inputs.js';
import type { ElementRequirement, FieldRequirement } from '../requirements/requirement-table.js';
import { decideByToken, errorOf, findDenialOnce, type GuardEngine, isGrantedAtOnce } from './guard-engine.js';
import { whenKnown } from './handled-promise.js';
import { type AuthorizationContext, callerOf, createCall, type ResolverCall } from './resolver-call.js';
import type { ShieldRule } from './shield-middleware.js';

/** A field of an object type and what has to be checked beside its own requirement. */
export interface GuardedField<TContext> {
  readonly requirement: FieldRequirement;
  /** Its rule in the tree that graphql-shield enforces. */
  readonly rule: ShieldRule;
  /** Selecting it on one of its type's interfaces may need more. */
  readonly dependsOnSelection: boolean;
  readonly protectedArguments: readonly ProtectedArgument[];
  /** Finds the denial if policies deny every object that the field returns. For fields that may be run to find out. */
  readonly denyAll?: (call: ResolverCall<TContext>) => Promise<Denial | undefined>;
}

/**
 * Puts a guard before a resolver (or a `subscribe`). Where the token alone grants, the resolver is called at once and may
 * stay synchronous. A denial by the token alone is returned as an error at once. Policies are asked where the token grants.
 * The field's rule in graphql-shield decides all other calls. Without the fast path it decides every call.
 */
export function guardResolver<TContext extends AuthorizationContext>(
  resolve: GraphQLFieldResolver<unknown, TContext>,
  field: GuardedField<TContext>,
  engine: GuardEngine<TContext>,
): GraphQLFieldResolver<unknown, TContext> {
  const { denyAll, rule, requirement } = field;
  const usesOnInterfaces = createInterfaceLookup(engine);
  return (parent, args, context, info) => {
    const elements = needsMore(field, info, engine)
      ? neededFor(field, args, usesOnInterfaces(info), engine)
      : requirement.beforehand;
    if (engine.fastPath && isGrantedAtOnce(elements, callerOf(context), engine.decisions)) {
      return resolve(parent, args, context, info);
    }
    const call = createCall(parent, args, context, info);
    const needs = { elements, beforeStepUp: denyAll };
    if (engine.fastPath) {
      const byToken = engine.decideOnce(context, info, () => decideByToken(call, needs, engine));
      if (byToken !== 'undecided') return errorOf(call, byToken, engine) ?? resolve(parent, args, context, info);
    }
    return whenKnown(
      findDenialOnce(call, needs, rule, engine),
      (denial) =>
        errorOf(call, denial && engine.denials.word(denial, call), engine) ?? resolve(parent, args, context, info),
    );
  };
}

/**
 * Returns whether this call may need more than the field itself. It rarely does. This is called for each value of each row.
 */
function needsMore<TContext>(
  field: GuardedField<TContext>,
  info: GraphQLResolveInfo,
  engine: GuardEngine<TContext>,
): boolean {
  if (field.protectedArguments.length > 0) return true;
  return field.dependsOnSelection && planOf(info, engine).interfaceSelections.size > 0;
}

/**
 * Returns the field's own requirement, that of each interface it was selected on, and that of the protected inputs used.
 * Policies are asked of the objects of their own type alone, so an interface adds what the token must hold and no policy.
 */
function neededFor<TContext>(
  field: GuardedField<TContext>,
  args: Readonly<Record<string, unknown>>,
  onInterfaces: readonly FieldUse[],
  { protectedInputs }: Pick<GuardEngine<TContext>, 'protectedInputs'>,
): readonly ElementRequirement[] {
  return [
    ...field.requirement.beforehand,
    ...onInterfaces.flatMap(({ requirement: { coordinate, beforehand } }) =>
      beforehand.map((element) => ({ ...element, coordinate, policies: [] })),
    ),
    ...[field, ...onInterfaces].flatMap(({ protectedArguments }) =>
      findUsedArguments(protectedArguments, args, protectedInputs),
    ),
  ];
}

/**
 * Returns what selections on interfaces need where a field is called. All items of a list have the same nodes, and ask once.
 */
function createInterfaceLookup<TContext>(
  engine: GuardEngine<TContext>,
): (info: GraphQLResolveInfo) => readonly FieldUse[] {
  const known = new WeakMap<GraphQLResolveInfo['fieldNodes'], readonly FieldUse[]>();
  return (info) => {
    const place = { typeName: info.parentType.name, path: info.path };
    const uses = known.get(info.fieldNodes) ?? interfaceUsesAt(planOf(info, engine), info.fieldNodes, place);
    known.set(info.fieldNodes, uses);
    return uses;
  };
}

/** Returns the plan of the running operation. It is the one from the check. If the server did not check it is made now. */
function planOf<TContext>(info: GraphQLResolveInfo, { planner }: GuardEngine<TContext>): OperationPlan {
  return planner(info.operation, (name) => info.fragments[name]);
}
