import type { Caller } from '../../authentication/caller.js';
import type { Decisions } from '../decisions/decisions.js';
import { type Denial, unexplainedDenial } from '../decisions/denial.js';
import { decisiveOf, finalOf, findTokenDenials } from '../decisions/token-denials.js';
import type { Planner } from '../operations/planner.js';
import type { ProtectedInputs } from '../requirements/protected-inputs.js';
import type { ElementRequirement, RequirementTable } from '../requirements/requirement-table.js';
import type { WrittenFields } from './entities/written-fields.js';
import { firstAnswer, type MaybePromise } from './handled-promise.js';
import type { createDecisionsByPlace, DeniedCall } from './memory/decisions-by-place.js';
import { type RememberedDenials, withPath } from './memory/remembered-denials.js';
import type { ObjectJudge } from './object-judge.js';
import { type PolicyDecision, policyDenial } from './policies.js';
import type { ResolverCall } from './resolver-call.js';
import type { AskShield, ShieldRule } from './shield-middleware.js';
import type { CallToDecide, RuleTree } from './shield-rules.js';

/** Dependencies of the guards. */
export interface GuardEngine<TContext> {
  readonly table: RequirementTable;
  readonly decisions: Decisions;
  readonly planner: Planner;
  readonly protectedInputs: ProtectedInputs;
  readonly decidePolicies: PolicyDecision<TContext>;
  readonly objects: ObjectJudge<TContext>;
  readonly written: WrittenFields;
  readonly rules: RuleTree;
  readonly askShield: AskShield;
  /** Whether the token's grants and denials are decided before shield is asked. They come from the same table. */
  readonly fastPath: boolean;
  readonly decideOnce: ReturnType<typeof createDecisionsByPlace>;
  readonly denials: RememberedDenials<TContext>;
  readonly mode: 'enforce' | 'report';
  /** Never throws. */
  readonly onDenied: (denial: Denial, context: TContext) => void;
}

/**
 * Returns whether the token alone grants everything needed. It is synchronous and may only allow: `false` is not yet a
 * denial.
 */
export function isGrantedAtOnce(
  needed: readonly ElementRequirement[],
  caller: Caller | undefined,
  decisions: Decisions,
): boolean {
  for (const { requirement, policies } of needed) {
    if (policies.length > 0 || !decisions.allows(requirement, caller)) return false;
  }
  return true;
}

/** Requirements of a call before its resolver may run. */
export interface Needs<TContext> {
  readonly elements: readonly ElementRequirement[];
  /** Asks the policies on the returned objects if only a step-up is missing. Their denial comes first. */
  readonly beforeStepUp?: ((call: ResolverCall<TContext>) => Promise<Denial | undefined>) | undefined;
}

/**
 * Decides a call synchronously by the token alone. Returns `undecided` where policies have to be asked. A denial by the
 * token must not become a promise. graphql-js forgets promises beside an item that throws, and Node ends the process over
 * them.
 */
export function decideByToken<TContext>(
  call: ResolverCall<TContext>,
  { elements, beforeStepUp }: Needs<TContext>,
  engine: GuardEngine<TContext>,
): DeniedCall | 'undecided' {
  const denials = findTokenDenials(elements, call, engine.decisions);
  const hasPolicies = beforeStepUp !== undefined || elements.some(({ policies }) => policies.length > 0);
  const denial = decisiveOf(denials, hasPolicies);
  return denial ? engine.denials.word(denial, call) : 'undecided';
}

/** Finds the denial by the token where graphql-shield has no rule. Returns undefined if the token grants the call. */
export async function findDenialByToken<TContext>(
  call: ResolverCall<TContext>,
  { elements, beforeStepUp }: Needs<TContext>,
  engine: GuardEngine<TContext>,
): Promise<Denial | undefined> {
  const denials = findTokenDenials(elements, call, engine.decisions);
  const [stepUp] = denials;
  return finalOf(denials) ?? (stepUp && ((await beforeStepUp?.(call)) ?? stepUp));
}

/**
 * Decides a call that policies have to judge, once for each object and its aliases. Returns undefined when the resolver may
 * run. If the token grants the call, its policies alone are asked. Otherwise the field's rule in graphql-shield decides.
 */
export function findDenialOnce<TContext>(
  call: ResolverCall<TContext>,
  needs: Needs<TContext>,
  rule: ShieldRule,
  engine: GuardEngine<TContext>,
): MaybePromise<Denial | undefined> {
  const { elements } = needs;
  const isGranted = engine.fastPath && findTokenDenials(elements, call, engine.decisions).length === 0;
  return engine.denials.recall(call, elements, () =>
    isGranted ? askPoliciesAlone(call, elements, engine) : findDenial(call, needs, rule, engine),
  );
}

/** Asks shield to decide. The denial is worded from the table, because a rule names only the first thing that is missing. */
async function findDenial<TContext>(
  call: ResolverCall<TContext>,
  { elements, beforeStepUp }: Needs<TContext>,
  rule: ShieldRule,
  engine: GuardEngine<TContext>,
): Promise<Denial | undefined> {
  const isFinal = finalOf(findTokenDenials(elements, call, engine.decisions)) !== undefined;
  let byPolicy: Denial | undefined;
  const toDecide: CallToDecide = {
    caller: call.caller,
    elements,
    async policiesHold() {
      // Shield asks policies and other rules in parallel, but a policy may read data that the token gives no right to.
      if (isFinal) return false;
      byPolicy = await findPolicyDenial(call, elements, engine);
      return byPolicy === undefined;
    },
  };
  if (await engine.askShield(rule, toDecide, call)) return undefined;
  if (byPolicy) return byPolicy;
  return (await findDenialByToken(call, { elements, beforeStepUp }, engine)) ?? unexplainedDenial(call.info);
}

/**
 * Returns the error to answer a call with. Returns undefined when the resolver may run. A denial is passed to `onDenied`. In
 * report mode nothing else happens to a verified caller.
 */
export function errorOf<TContext>(
  { path, caller, context }: ResolverCall<TContext>,
  denied: DeniedCall | undefined,
  { onDenied, mode }: GuardEngine<TContext>,
): Error | undefined {
  if (!denied) return undefined;
  const { denial, error } = denied.denial.path === path ? denied : elsewhere(denied, path);
  if (!denied.isUndecided) onDenied(denial, context);
  return mode === 'enforce' || caller === undefined ? error : undefined;
}

/** Returns the same denial for another item of a list. */
function elsewhere({ denial, error }: DeniedCall, path: Denial['path']): DeniedCall {
  return { denial: { ...denial, path }, error: withPath(error, path) };
}

/** Asks the policies without graphql-shield, and denies like it where the decision itself fails. */
function askPoliciesAlone<TContext>(
  call: ResolverCall<TContext>,
  elements: readonly ElementRequirement[],
  engine: GuardEngine<TContext>,
): MaybePromise<Denial | undefined> {
  const deny = () => unexplainedDenial(call.info);
  try {
    const found = findPolicyDenial(call, elements, engine);
    return found instanceof Promise ? found.catch(deny) : found;
  } catch {
    return deny();
  }
}

function findPolicyDenial<TContext>(
  call: ResolverCall<TContext>,
  elements: readonly ElementRequirement[],
  { table, objects, decidePolicies }: GuardEngine<TContext>,
): MaybePromise<Denial | undefined> {
  return firstAnswer(elements, (element) => {
    const { coordinate, policies } = element;
    // The object of a root type is the root value.
    const isRootType = table.objects.get(coordinate) === element;
    if (isRootType) return objects.denialOf(call.parent, coordinate, call);
    // Lists the members. This runs for each item of a list, and a spread would take as long as all else.
    const { parent, args, caller, context, path } = call;
    return policyDenial(decidePolicies, policies, { coordinate, parent, args, caller, context, path });
  });
}
