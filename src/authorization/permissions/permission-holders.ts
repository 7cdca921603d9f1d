import { describeMissing } from '../decisions/describe-missing.js';
import { AUTHORIZATION_LIMITS } from '../limits.js';
import type {
  ApplicationClauses,
  Clause,
  ClauseKind,
  Clauses,
  StaticRequirement,
} from '../requirements/requirement.js';

/**
 * A kind of caller and the least that it must hold to pass. It holds one alternative of each clause. An agent holds nothing
 * of its own: it passes with the rights of a user or application.
 */
export interface PermissionHolder {
  readonly kind: 'anonymous' | 'user' | 'application' | 'agent';
  readonly holds: readonly { readonly kind: ClauseKind; readonly name: string }[];
}

/** More combinations than this are not multiplied out. */
const MAX_HOLDERS = AUTHORIZATION_LIMITS.permissionHolders.default;

/** Returns the least privileged callers that meet a requirement and its policies. A caller who holds more meets it too. */
export function holdersOf(requirement: StaticRequirement, policies: Clauses): readonly PermissionHolder[] {
  const anonymous: readonly PermissionHolder[] = requirement.isPublic ? [{ kind: 'anonymous', holds: [] }] : [];
  return [
    ...anonymous,
    ...combine('user', requirement.delegated, policies),
    ...combine('application', requirement.app, policies),
  ];
}

/** Agents. Each needs the rights of its user or application too. */
export const AGENTS: PermissionHolder = { kind: 'agent', holds: [] };

/** Holders of an element without a rule of its own. It is available to every caller who can reach it. */
export const EVERYONE: readonly PermissionHolder[] = [
  { kind: 'anonymous', holds: [] },
  { kind: 'user', holds: [] },
  { kind: 'application', holds: [] },
];

/** Returns whether a caller with just this would be among these holders or above one of them. */
export function isHeldBy(holders: readonly PermissionHolder[], candidate: PermissionHolder): boolean {
  return holders.some(
    (holder) =>
      holder.kind === candidate.kind &&
      holder.holds.every(({ kind, name }) => candidate.holds.some((held) => held.kind === kind && held.name === name)),
  );
}

/** Describes holders in words: `users with scope a; role b`, `all applications`, or `everyone` if a token is not needed. */
export function describeHolders(holders: readonly PermissionHolder[]): readonly string[] {
  return holders.some(({ kind }) => kind === 'anonymous') ? ['everyone'] : holders.map(describeHolder);
}

function describeHolder({ kind, holds }: PermissionHolder): string {
  if (kind === 'agent') return 'agents, with the rights of their user or application';
  const who = kind === 'user' ? 'users' : 'applications';
  const clauses = holds.map(({ kind: held, name }) => ({ kind: held, anyOf: [[name]] }));
  return clauses.length === 0 ? `all ${who}` : `${who} with ${describeMissing(clauses)}`;
}

function combine(
  kind: PermissionHolder['kind'],
  half: ApplicationClauses,
  policies: Clauses,
): readonly PermissionHolder[] {
  if (half === 'never') return [];
  const combinations = [...half, ...policies].reduce<readonly PermissionHolder['holds'][]>(
    (holders, clause) => {
      const isTooMuch = holders.length * clause.anyOf.length > MAX_HOLDERS;
      const anyOf = isTooMuch ? [[wholeClause(clause)]] : clause.anyOf;
      return holders.flatMap((holds) =>
        anyOf.map((all) => [...holds, ...all.map((name) => ({ kind: clause.kind, name }))]),
      );
    },
    [[]],
  );
  const holders = combinations.map((holds) => ({ kind, holds: withoutDuplicates(holds) }));
  return holders.filter((holder, at) => !holders.some((other, index) => isLess(other, index, holder, at)));
}

/**
 * Returns the alternatives of a clause as one name, so that any difference between two clauses is reported as a gain. If
 * combinations were left out instead, a gain by one of them would not be reported.
 */
function wholeClause({ anyOf }: Clause): string {
  const alternatives = anyOf.map((all) => [...all].sort().join(' and '));
  return alternatives.sort().join(' or ');
}

/** Returns whether `other` makes `holder` superfluous. It does if it holds less, or if it holds the same and comes first. */
function isLess(other: PermissionHolder, index: number, holder: PermissionHolder, at: number): boolean {
  if (!isHeldBy([other], holder)) return false;
  return other.holds.length < holder.holds.length || index < at;
}

function withoutDuplicates(holds: PermissionHolder['holds']): PermissionHolder['holds'] {
  return holds.filter(
    ({ kind, name }, at) => at === holds.findIndex((held) => held.kind === kind && held.name === name),
  );
}
