import type { FieldNode, GraphQLResolveInfo } from 'graphql';
import type { Denial } from '../../decisions/denial.js';

/** Why a call is denied, and the error that says so. */
export interface Judgement {
  readonly denial: Denial;
  readonly error: Error;
  /** A policy could not be decided. Nothing is granted and nothing was denied. */
  readonly isUndecided?: boolean;
}

type JudgementByToken = Judgement | 'undecided';

/**
 * Remembers how fields were judged without regard to the object they are read from. For each item of a list the judgement is
 * the same, and to ask again for every one of a thousand costs more than the rest of the query. A place in the query is
 * known by its list of nodes: graphql-js makes one for each place and execution.
 */
export function createJudgementsByPlace(): (
  context: unknown,
  info: GraphQLResolveInfo,
  judge: () => JudgementByToken,
) => JudgementByToken {
  const byContext = new WeakMap<object, WeakMap<readonly FieldNode[], JudgementByToken>>();
  return (context, { fieldNodes }, judge) => {
    if (typeof context !== 'object' || context === null) return judge();
    const byNodes = byContext.get(context) ?? new WeakMap<readonly FieldNode[], JudgementByToken>();
    byContext.set(context, byNodes);
    const judgement = byNodes.get(fieldNodes) ?? judge();
    byNodes.set(fieldNodes, judgement);
    return judgement;
  };
}
