import type { FieldNode, GraphQLResolveInfo } from 'graphql';
import type { Denial } from '../../decisions/denial.js';

/** Why a call is denied, and the error that says so. */
export interface DeniedCall {
  readonly denial: Denial;
  readonly error: Error;
  /** A policy could not be decided. Nothing is granted and nothing was denied. */
  readonly isUndecided?: boolean;
}

/**
 * Only denials are remembered. Servers that compile queries may have one list of nodes for several executions, where a grant
 * would count for arguments that it was not asked about. So each call that is not denied asks again.
 */
type TokenDecision = DeniedCall | 'undecided';

/**
 * Remembers decisions that do not depend on the object of a field. Every item of a list gets the same decision, and asking
 * again for each of a thousand items costs more than the rest of the query. The list of nodes identifies a place in the
 * query, because graphql-js makes one list for each place and execution.
 */
export function createDecisionsByPlace(): (
  context: unknown,
  info: GraphQLResolveInfo,
  decide: () => TokenDecision,
) => TokenDecision {
  const byContext = new WeakMap<object, WeakMap<readonly FieldNode[], TokenDecision>>();
  return (context, { fieldNodes }, decide) => {
    if (typeof context !== 'object' || context === null) return decide();
    const byNodes = byContext.get(context) ?? new WeakMap<readonly FieldNode[], TokenDecision>();
    byContext.set(context, byNodes);
    const decision = byNodes.get(fieldNodes) ?? decide();
    byNodes.set(fieldNodes, decision);
    return decision;
  };
}
