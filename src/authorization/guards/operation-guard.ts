import type { GraphQLFieldResolver, GraphQLResolveInfo } from 'graphql';
import type { Denial } from '../decisions/denial.js';
import { findRefusals } from '../operations/check-operation.js';
import { errorOf, type GuardEngine } from './guard-engine.js';
import { createExecutionMemory } from './memory/execution-memory.js';
import { type AuthorizationContext, callerOf, createCall } from './resolver-call.js';

type Resolver<TContext> = GraphQLFieldResolver<unknown, TContext>;

/**
 * Creates the guard of what a mutation or a subscription begins with. It refuses the same operations as `check`, before
 * anything runs. Servers such as Mercurius and Yoga execute the schema without calling `check`. A mutation would change data
 * there although the caller may not see its answer. Queries need no such guard, because they change nothing.
 */
export function createOperationGuard<TContext extends AuthorizationContext>(
  engine: GuardEngine<TContext>,
): (resolve: Resolver<TContext>) => Resolver<TContext> {
  const memory = createExecutionMemory<readonly Denial[]>();

  function refusalsOf(context: TContext, info: GraphQLResolveInfo): readonly Denial[] {
    const { operation, fragments, variableValues: variables } = info;
    const caller = callerOf(context);
    // The guards of the fields report what would have been denied.
    if (engine.mode === 'report' && caller !== undefined) return [];
    return memory.recall({ context, info }, { typeName: operation.operation, value: operation }, () => {
      const plan = engine.planner(operation, (name) => fragments[name]);
      return findRefusals(engine, plan, { variables, caller });
    });
  }

  return (resolve) => (parent, args, context, info) => {
    const refusals = refusalsOf(context, info);
    const denial = refusals.find(({ path }) => path[0] === info.path.key) ?? refusals[0];
    if (denial === undefined) return resolve(parent, args, context, info);
    const call = createCall(parent, args, context, info);
    return errorOf(call, engine.denials.word(denial, call), engine);
  };
}
