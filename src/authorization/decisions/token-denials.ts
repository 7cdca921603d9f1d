import type { Caller } from '../../authentication/caller.js';
import type { ElementRequirement } from '../requirements/requirement-table.js';
import type { Decisions } from './decisions.js';
import { type Denial, toDenial } from './denial.js';

/** Returns what the token denies among the elements that a field needs, in their order. */
export function findTokenDenials(
  needed: readonly ElementRequirement[],
  { caller, path }: { readonly caller: Caller | undefined; readonly path: Denial['path'] },
  decisions: Pick<Decisions, 'decide'>,
): readonly Denial[] {
  return needed.flatMap((element) => {
    const decision = decisions.decide(element.requirement, caller);
    return decision.kind === 'allowed' ? [] : [toDenial(element, decision, path)];
  });
}

/** Returns the first denial that a step-up cannot lift. One that is certain comes before one that is not known. */
export function finalOf(denials: readonly Denial[]): Denial | undefined {
  const final = denials.filter(({ code }) => code !== 'INSUFFICIENT_CLAIMS');
  return final.find(({ code }) => code !== 'SERVICE_UNAVAILABLE') ?? final[0];
}

/** Returns the denial that counts. Undefined when there is none yet: policies come before a step-up. */
export function decisiveOf(denials: readonly Denial[], hasPolicies: boolean): Denial | undefined {
  return finalOf(denials) ?? (hasPolicies ? undefined : denials[0]);
}
