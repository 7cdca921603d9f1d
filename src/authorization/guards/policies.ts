import type { Caller } from '../../authentication/caller.js';
import type { Denial } from '../decisions/denial.js';
import { UndecidedRolesError } from '../decisions/undecided.js';
import type { Clause, Clauses } from '../requirements/requirement.js';

/** Input of a policy. */
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

/** A named rule in code. Only `true` grants. Anything else denies, except a time-out or an outage: those are undecided. */
export type Policy<TContext> = (input: PolicyInput<TContext>) => boolean | Promise<boolean>;

/** Question that policies decide. An anonymous caller passes none of them. */
export type PolicyQuestion<TContext> = Omit<PolicyInput<TContext>, 'caller'> & { readonly caller: Caller | undefined };

/** The first clause of policies that does not hold, and what a policy threw on the way. */
export interface FailedClause {
  readonly clause: Clause;
  readonly cause?: unknown;
}

/** Decides clauses of policies. Undefined means that all hold. */
export type PolicyDecision<TContext> = (
  clauses: Clauses,
  question: PolicyQuestion<TContext>,
) => Promise<FailedClause | undefined>;

/** Rejected when a policy has not answered in time. */
export class PolicyTimeoutError extends Error {
  override readonly name = 'PolicyTimeoutError';
}

/**
 * Makes the decision from the named policies. They are asked one after the other, each at most once for a field: a
 * policy reads what it judges, so asking those in parallel whose answer is no longer needed would be wasted reads.
 *
 * @param viewOf returns what policies see of an object
 */
export function createPolicyDecision<TContext>(
  policies: Readonly<Record<string, Policy<TContext>>>,
  timeoutMs: number,
  viewOf: (parent: unknown) => unknown = (parent) => parent,
): PolicyDecision<TContext> {
  return async (clauses, { coordinate, parent: whole, args, caller, context }) => {
    const [first] = clauses;
    if (first && caller?.kind === 'delegated' && caller.undecidedRoles) {
      return { clause: first, cause: new UndecidedRolesError('groups of the caller are not known') };
    }
    const parent = viewOf(whole);
    const answers = new Map<string, Promise<boolean>>();
    let cause: unknown;
    const ask = (name: string): Promise<boolean> => {
      const known = answers.get(name);
      if (known) return known;
      const policy = Object.hasOwn(policies, name) ? policies[name] : undefined;
      const answer = askPolicy(policy, caller && { coordinate, parent, args, caller, context }, timeoutMs).catch(
        (error: unknown) => {
          cause ??= error;
          return false;
        },
      );
      answers.set(name, answer);
      return answer;
    };
    for (const clause of clauses) {
      if (!(await anyHolds(clause.anyOf, ask))) return { clause, ...(cause !== undefined && { cause }) };
    }
    return undefined;
  };
}

/** Returns the denial by clauses of policies. Undefined means that all hold. */
export async function policyDenial<TContext>(
  decide: PolicyDecision<TContext>,
  clauses: Clauses,
  question: PolicyQuestion<TContext> & Pick<Denial, 'path'>,
): Promise<Denial | undefined> {
  const failed = clauses.length > 0 ? await decide(clauses, question) : undefined;
  if (!failed) return undefined;
  const { clause, ...cause } = failed;
  return { coordinate: question.coordinate, code: 'FORBIDDEN', missing: [clause], path: question.path, ...cause };
}

async function anyHolds(
  anyOf: readonly (readonly string[])[],
  ask: (name: string) => Promise<boolean>,
): Promise<boolean> {
  for (const all of anyOf) if (await allHold(all, ask)) return true;
  return false;
}

async function allHold(all: readonly string[], ask: (name: string) => Promise<boolean>): Promise<boolean> {
  for (const name of all) if (!(await ask(name))) return false;
  return true;
}

async function askPolicy<TContext>(
  policy: Policy<TContext> | undefined,
  input: PolicyInput<TContext> | undefined,
  timeoutMs: number,
): Promise<boolean> {
  const answer: unknown = input && policy?.(input);
  if (typeof answer === 'boolean') return answer;
  return (await withinTime(Promise.resolve(answer), timeoutMs)) === true;
}

function withinTime(answer: Promise<unknown>, timeoutMs: number): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new PolicyTimeoutError(`no answer within ${timeoutMs} ms`)), timeoutMs);
    answer.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}
