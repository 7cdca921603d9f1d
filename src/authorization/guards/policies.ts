import type { Caller } from '../../authentication/caller.js';
import { isPromise } from '../../values/is-promise.js';
import { withinTime } from '../../values/within-time.js';
import type { Denial } from '../decisions/denial.js';
import { UndecidedRolesError } from '../decisions/undecided.js';
import type { Clause, Clauses } from '../requirements/requirement.js';
import { firstAnswer, type MaybePromise, whenKnown } from './handled-promise.js';

export interface PolicyInput<TContext> {
  /** The judged element. It is `Type.field` for a policy on a field and `Type` for a policy on a type. */
  readonly coordinate: string;
  /**
   * For a policy on a field the object that the field belongs to, as its resolver sees it. On a root field that is the root
   * value; on a subscription's the root value before its source is opened, and then each event. For a policy on a type it
   * is the object of that type, never one of another type.
   */
  readonly parent: unknown;
  /** The field's coerced arguments; empty for a policy on a type. */
  readonly args: Readonly<Record<string, unknown>>;
  readonly caller: Caller;
  readonly context: TContext;
}

/**
 * A named rule in code. Only `true` grants. Anything else denies, except a time-out or an outage, which leave the field
 * undecided.
 */
export type Policy<TContext> = (input: PolicyInput<TContext>) => boolean | Promise<boolean>;

/** Question that policies decide. An anonymous caller passes none of them. */
export type PolicyQuestion<TContext> = Omit<PolicyInput<TContext>, 'caller'> & { readonly caller: Caller | undefined };

/** The first clause of policies that does not hold, and what a policy threw on the way. */
export interface FailedClause {
  readonly clause: Clause;
  readonly cause?: unknown;
}

/** Decides clauses of policies. Returns synchronously if the policies do. Undefined means that all hold. */
export type PolicyDecision<TContext> = (
  clauses: Clauses,
  question: PolicyQuestion<TContext>,
) => MaybePromise<FailedClause | undefined>;

/** Rejected when a policy has not answered in time. */
export class PolicyTimeoutError extends Error {
  override readonly name = 'PolicyTimeoutError';
}

/**
 * Makes the decision from the named policies. They are asked one after the other, each at most once for a field. A policy
 * reads data, so asking in parallel would waste reads whose answers are no longer needed.
 *
 * @param viewOf returns what policies see of an object
 */
export function createPolicyDecision<TContext>(
  policies: Readonly<Record<string, Policy<TContext>>>,
  timeoutMs: number,
  viewOf: (parent: unknown) => unknown = (parent) => parent,
): PolicyDecision<TContext> {
  return (clauses, { coordinate, parent: whole, args, caller, context }) => {
    const [first] = clauses;
    if (first && caller?.kind === 'delegated' && caller.undecidedRoles) {
      return { clause: first, cause: new UndecidedRolesError('groups of the caller are not known') };
    }
    const parent = viewOf(whole);
    const answers = new Map<string, MaybePromise<boolean>>();
    let cause: unknown;
    const deny = (error: unknown): false => {
      cause ??= error;
      return false;
    };
    const ask = (name: string): MaybePromise<boolean> => {
      const known = answers.get(name);
      if (known !== undefined) return known;
      const policy = Object.hasOwn(policies, name) ? policies[name] : undefined;
      const input = caller && { coordinate, parent, args, caller, context };
      const answer = askPolicy(() => input && policy?.(input), timeoutMs, deny);
      answers.set(name, answer);
      return answer;
    };
    return firstAnswer(clauses, (clause) =>
      whenKnown(anyHolds(clause.anyOf, ask), (holds) =>
        holds ? undefined : { clause, ...(cause !== undefined && { cause }) },
      ),
    );
  };
}

/** Returns the denial by clauses of policies. Undefined means that all hold. */
export function policyDenial<TContext>(
  decide: PolicyDecision<TContext>,
  clauses: Clauses,
  question: PolicyQuestion<TContext> & Pick<Denial, 'path'>,
): MaybePromise<Denial | undefined> {
  if (clauses.length === 0) return undefined;
  return whenKnown(decide(clauses, question), (failed) => {
    if (!failed) return undefined;
    const { clause, ...cause } = failed;
    return { coordinate: question.coordinate, code: 'FORBIDDEN', missing: [clause], path: question.path, ...cause };
  });
}

type Ask = (name: string) => MaybePromise<boolean>;

function anyHolds(anyOf: readonly (readonly string[])[], ask: Ask): MaybePromise<boolean> {
  return askUntil(anyOf, true, (all) => askUntil(all, false, ask));
}

/** Asks about one item after the other until one answers with `end`. Returns the last answer, or `!end` without any item. */
function askUntil<T>(
  items: readonly T[],
  end: boolean,
  ask: (item: T) => MaybePromise<boolean>,
  at = 0,
): MaybePromise<boolean> {
  const item = items[at];
  if (item === undefined) return !end;
  const answer = ask(item);
  // Most policies stand alone. One more promise for each item of a list would cost as much as some of them.
  if (at === items.length - 1) return answer;
  return whenKnown(answer, (known) => (known === end ? end : askUntil(items, end, ask, at + 1)));
}

/** Asks a policy, which may answer at once. Only `true` grants. */
function askPolicy(ask: () => unknown, timeoutMs: number, deny: (error: unknown) => false): MaybePromise<boolean> {
  try {
    const answer = ask();
    if (!isPromise(answer)) return answer === true;
    const late = () => deny(new PolicyTimeoutError(`no answer within ${timeoutMs} ms`));
    return withinTime(Promise.resolve(answer), timeoutMs, late).then((settled) => settled === true, deny);
  } catch (error) {
    return deny(error);
  }
}
