import type { Decisions } from '../decisions/decisions.js';
import { type Denial, toDenial } from '../decisions/denial.js';
import { AUTHENTICATED_REQUIREMENT } from '../requirements/requirement.js';
import type { RequirementTable } from '../requirements/requirement-table.js';
import { createExecutionMemory } from './memory/execution-memory.js';
import { type PolicyDecision, policyDenial } from './policies.js';
import type { ResolverCall } from './resolver-call.js';

export interface ObjectJudge<TContext> {
  /** Returns the denial of an object, found for this call or an earlier one. A type without policies denies none. */
  denialOf(object: unknown, typeName: string, call: ResolverCall<TContext>): Promise<Denial | undefined>;
}

/**
 * Creates the judge. It asks about each object once in an execution, however many places it appears at. It passes only the
 * object to them: no parent, no arguments and no object of another type.
 */
export function createObjectJudge<TContext>({
  table,
  decisions,
  decidePolicies,
}: {
  readonly table: RequirementTable;
  readonly decisions: Decisions;
  readonly decidePolicies: PolicyDecision<TContext>;
}): ObjectJudge<TContext> {
  const memory = createExecutionMemory<Promise<Denial | undefined>>();

  async function ask(object: unknown, typeName: string, call: ResolverCall<TContext>): Promise<Denial | undefined> {
    const { caller, context, path } = call;
    const policies = table.objects.get(typeName)?.policies ?? [];
    if (policies.length === 0) return undefined;
    const decision = decisions.decide(AUTHENTICATED_REQUIREMENT, caller);
    const element = { coordinate: typeName, requirement: AUTHENTICATED_REQUIREMENT, policies };
    if (decision.kind !== 'allowed') return toDenial(element, decision, path);
    const question = { coordinate: typeName, parent: object, args: {}, caller, context, path };
    return policyDenial(decidePolicies, policies, question);
  }

  return {
    denialOf: (object, typeName, call) =>
      memory.recall(call, { typeName, value: object }, () => ask(object, typeName, call)),
  };
}
