import { type DocumentNode, type FragmentDefinitionNode, Kind, type OperationDefinitionNode } from 'graphql';
import { AUTHORIZATION_LIMITS } from '../limits.js';
import type { FragmentLookup, OperationPlan } from './operation-plan.js';
import { type PlanSources, planOperation } from './plan-operation.js';
import { planSize } from './plan-size.js';
import { WeakCache } from './weak-cache.js';

/** Plans operations and remembers the plans for as long as their documents live and there is room. */
export type Planner = (operation: OperationDefinitionNode, fragmentOf: FragmentLookup) => OperationPlan;

/**
 * The key is the operation's node, which a resolver gets as `info.operation`. So a request is checked and its fields are
 * guarded with the same plan. An operation that comes with other fragments is planned again.
 *
 * @param maxBytes of all plans: each operation of a document has a plan of its own of the fragments that they share
 */
export function createPlanner(
  sources: PlanSources,
  maxBytes: number = AUTHORIZATION_LIMITS.planCacheBytes.default,
): Planner {
  const plans = new WeakCache<OperationDefinitionNode, OperationPlan>(maxBytes);
  return (operation, fragmentOf) => {
    const known = plans.get(operation);
    if (known && hasSameFragments(known, fragmentOf)) return known;
    const plan = planOperation(sources, operation, fragmentOf);
    plans.set(operation, plan, planSize(plan));
    return plan;
  };
}

/** Looks fragments of a document up, indexing them when the first one is asked for. */
export function fragmentsOf(document: DocumentNode): FragmentLookup {
  let index: ReadonlyMap<string, FragmentDefinitionNode> | undefined;
  return (name) => {
    index ??= new Map(document.definitions.flatMap((node) => (isFragment(node) ? [[node.name.value, node]] : [])));
    return index.get(name);
  };
}

function isFragment(node: DocumentNode['definitions'][number]): node is FragmentDefinitionNode {
  return node.kind === Kind.FRAGMENT_DEFINITION;
}

function hasSameFragments(plan: OperationPlan, fragmentOf: FragmentLookup): boolean {
  for (const [name, fragment] of plan.fragments) if (fragmentOf(name) !== fragment) return false;
  return true;
}
