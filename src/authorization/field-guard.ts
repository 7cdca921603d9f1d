import type { GraphQLFieldResolver, GraphQLResolveInfo } from 'graphql';
import { findUsedArguments } from './argument-requirements.js';
import {
  type AuthorizationContext,
  askShield,
  callerOf,
  createCall,
  type GuardEngine,
  isGrantedAtOnce,
} from './guard-engine.js';
import type { ProtectedArgument } from './protected-inputs.js';
import type { ElementRequirement, FieldRequirement } from './requirement-table.js';

/** A field of an object type, and what is to be looked at besides its own requirement. */
export interface GuardedField {
  readonly requirement: FieldRequirement;
  /** Selecting it on one of its type's interfaces may need more. */
  readonly dependsOnSelection: boolean;
  readonly protectedArguments: readonly ProtectedArgument[];
}

/**
 * Puts a guard before a resolver (or a `subscribe`). Where the token alone grants, the resolver is called at once and
 * may stay synchronous: this path can only allow, by the same decisions that the rule goes by. All else, policies and
 * every denial, is decided inside graphql-shield.
 */
export function guardResolver<TContext extends AuthorizationContext>(
  resolve: GraphQLFieldResolver<unknown, TContext>,
  field: GuardedField,
  engine: GuardEngine<TContext>,
): GraphQLFieldResolver<unknown, TContext> {
  const middleware = engine.shieldFor(field.requirement);
  const ownOnly = [field.requirement];
  const dependsOnCall = field.dependsOnSelection || field.protectedArguments.length > 0;
  return (parent, args, context, info) => {
    const needed = dependsOnCall ? neededFor(field, args, info, engine) : ownOnly;
    if (isGrantedAtOnce(needed, callerOf(context), engine.decisions)) return resolve(parent, args, context, info);
    const denied = askShield(createCall(parent, args, context, info), needed, middleware, engine);
    return denied.then((error) => error ?? resolve(parent, args, context, info));
  };
}

/** The field's own requirement, that of each interface it was selected on, and that of the protected inputs used. */
function neededFor<TContext>(
  field: GuardedField,
  args: Readonly<Record<string, unknown>>,
  info: GraphQLResolveInfo,
  { planner, protectedInputs }: GuardEngine<TContext>,
): readonly ElementRequirement[] {
  const { interfaceSelections } = planner(info.operation, (name) => info.fragments[name]);
  const onInterfaces = info.fieldNodes.flatMap((node) => interfaceSelections.get(node) ?? []);
  return [field, ...onInterfaces].flatMap(({ requirement, protectedArguments }) => [
    requirement,
    ...findUsedArguments(protectedArguments, args, protectedInputs),
  ]);
}
