/** Subject of a clause: a delegated permission, an app role, an application permission, a step-up or a rule in code. */
export type ClauseKind = 'scope' | 'role' | 'permission' | 'authContext' | 'policy';

/**
 * One thing that must hold. The outer list is OR and the inner one AND over names of one kind. It has no duplicates and no
 * alternatives that a smaller one makes superfluous. The order is that of the schema.
 */
export interface Clause {
  readonly kind: ClauseKind;
  readonly anyOf: readonly (readonly string[])[];
}

/**
 * Clauses that a caller must all meet. If there are none, being verified suffices.
 *
 * It is a conjunction of small OR-of-ANDs because multiplying them out grows exponentially. Ten implementers of an interface
 * with two alternatives each would be a thousand alternatives.
 */
export type Clauses = readonly Clause[];

/** Requirement of an application without a user. `never`: no application may use the element. */
export type ApplicationClauses = 'never' | Clauses;

/** Requirements of the two kinds of caller. */
export interface Halves {
  readonly delegated: Clauses;
  readonly app: ApplicationClauses;
  /** Agents are denied, for both kinds of token and regardless of what they hold. */
  readonly forbidsAgents?: boolean;
}

/** Requirements that a caller must meet as far as its access token alone can tell. Equal requirements share one id. */
export interface StaticRequirement extends Halves {
  /** Index in `RequirementTable.requirements`. */
  readonly id: number;
  /** Nothing is required, not even a token. Both halves are empty. */
  readonly isPublic: boolean;
}

export const PUBLIC_REQUIREMENT = 0;

/** Id of the requirement that any verified caller meets: that of an element about which nothing is said. */
export const AUTHENTICATED_REQUIREMENT = 1;

/** Gives equal requirements one id. Ids count from 0; the two constants above are there from the beginning. */
export interface RequirementInterner {
  readonly requirements: readonly StaticRequirement[];
  intern(halves: Halves): number;
}

/** Creates an interner that knows `PUBLIC_REQUIREMENT` and `AUTHENTICATED_REQUIREMENT`. */
export function createRequirementInterner(): RequirementInterner {
  const anyCaller: Halves = { delegated: [], app: [] };
  const requirements: StaticRequirement[] = [
    { id: PUBLIC_REQUIREMENT, isPublic: true, ...anyCaller },
    { id: AUTHENTICATED_REQUIREMENT, isPublic: false, ...anyCaller },
  ];
  const idByKey = new Map([[keyOfHalves(anyCaller), AUTHENTICATED_REQUIREMENT]]);
  return {
    requirements,
    intern(halves) {
      const key = keyOfHalves(halves);
      const known = idByKey.get(key);
      if (known !== undefined) return known;
      const id = requirements.length;
      requirements.push({ id, isPublic: false, ...halves });
      idByKey.set(key, id);
      return id;
    },
  };
}

/**
 * Joins requirements that must all hold. Halves are joined separately, because a rule that closes a field to applications
 * does not concern users.
 */
export function allTogether(halves: readonly Halves[]): Halves {
  const openToApps = halves.flatMap(({ app }) => (app === 'never' ? [] : [app]));
  return {
    delegated: reduceClauses(halves.flatMap(({ delegated }) => delegated)),
    app: openToApps.length < halves.length ? 'never' : reduceClauses(openToApps.flat()),
    ...(halves.some(({ forbidsAgents }) => forbidsAgents) && { forbidsAgents: true }),
  };
}

/**
 * Creates a clause. Alternatives that contain another one are left out, because a caller who holds them holds the other too.
 */
export function createClause(kind: ClauseKind, anyOf: readonly (readonly string[])[]): Clause {
  return {
    kind,
    anyOf: anyOf.filter((all, index) => !anyOf.some((other, at) => makesSuperfluous(other, at, all, index))),
  };
}

/** Returns the clauses without those that follow from another one: `[[a], [b]]` adds nothing to `[[a]]`. */
export function reduceClauses(clauses: Clauses): Clauses {
  if (clauses.length < 2) return clauses;
  const byKey = new Map<string, Clause>();
  for (const clause of clauses) byKey.set(keyOfClause(clause), byKey.get(keyOfClause(clause)) ?? clause);
  const distinct = [...byKey.values()];
  const needed = distinct.filter(
    (clause, index) => !distinct.some((other, at) => isNeedless(clause, index, other, at)),
  );
  return needed.sort((a, b) => KIND_ORDER.indexOf(a.kind) - KIND_ORDER.indexOf(b.kind));
}

/** Returns text that is equal for clauses that mean the same in whatever order they were written. */
export function keyOfClauses(clauses: Clauses): string {
  return JSON.stringify(clauses.map(keyOfClause).sort());
}

const KIND_ORDER: readonly ClauseKind[] = ['scope', 'role', 'permission', 'authContext', 'policy'];

function makesSuperfluous(other: readonly string[], at: number, all: readonly string[], index: number): boolean {
  if (!contains(all, other)) return false;
  return other.length < all.length || at < index;
}

function contains(names: readonly string[], wanted: readonly string[]): boolean {
  return wanted.every((name) => names.includes(name));
}

/**
 * Returns whether a caller who meets `stronger` meets `weaker`. Each alternative of the former must contain one of the
 * latter.
 */
function implies(stronger: Clause, weaker: Clause): boolean {
  if (stronger.kind !== weaker.kind) return false;
  return stronger.anyOf.every((all) => weaker.anyOf.some((wanted) => contains(all, wanted)));
}

/**
 * Returns whether `clause` follows from `other`. Of two that mean the same the first one stays: without either, nothing is
 * asked.
 */
function isNeedless(clause: Clause, index: number, other: Clause, at: number): boolean {
  return implies(other, clause) && (at < index || !implies(clause, other));
}

function keyOfHalves({ delegated, app, forbidsAgents = false }: Halves): string {
  return JSON.stringify([keyOfClauses(delegated), app === 'never' ? app : keyOfClauses(app), forbidsAgents]);
}

function keyOfClause(clause: Clause): string {
  return JSON.stringify([clause.kind, clause.anyOf.map((all) => JSON.stringify([...all].sort())).sort()]);
}
