/** What a clause speaks of: a delegated permission, an app role, an application permission, a step-up, a rule in code. */
export type ClauseKind = 'scope' | 'role' | 'permission' | 'authContext' | 'policy';

/**
 * One thing that must hold: the outer list is OR, the inner one AND, over names of one kind. Without duplicates and
 * without alternatives that a smaller one makes superfluous; in the order in which the schema has them.
 */
export interface Clause {
  readonly kind: ClauseKind;
  readonly anyOf: readonly (readonly string[])[];
}

/**
 * What a caller needs: every clause. None: being verified suffices.
 *
 * A conjunction of small OR-of-ANDs and not one large one, because multiplying them out grows exponentially: ten
 * implementers of an interface with two alternatives each would be a thousand alternatives.
 */
export type Clauses = readonly Clause[];

/** The same for an application without a user, which may also be shut out for good. */
export type ApplicationClauses = 'never' | Clauses;

/** What the two kinds of caller need. */
export interface Halves {
  readonly delegated: Clauses;
  readonly app: ApplicationClauses;
}

/** What a caller must hold, as far as its access token alone can tell. Equal requirements share one id. */
export interface StaticRequirement extends Halves {
  /** Index in `RequirementTable.requirements`. */
  readonly id: number;
  /** Nobody is asked for anything; both halves are empty. */
  readonly isPublic: boolean;
}

/** Id of the requirement of `@public`. */
export const PUBLIC_REQUIREMENT = 0;

/** Id of the requirement that any verified caller meets: that of an element about which nothing is said. */
export const AUTHENTICATED_REQUIREMENT = 1;

/** Gives equal requirements one id. Ids count from 0; the two constants above are there from the beginning. */
export interface RequirementInterner {
  readonly requirements: readonly StaticRequirement[];
  intern(halves: Halves): number;
}

/** An interner that knows `PUBLIC_REQUIREMENT` and `AUTHENTICATED_REQUIREMENT`. */
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

/** All must hold. Halves are joined apart: what closes a field to applications says nothing about users. */
export function allTogether(halves: readonly Halves[]): Halves {
  const openToApps = halves.flatMap(({ app }) => (app === 'never' ? [] : [app]));
  return {
    delegated: reduceClauses(halves.flatMap(({ delegated }) => delegated)),
    app: openToApps.length < halves.length ? 'never' : reduceClauses(openToApps.flat()),
  };
}

/** Makes a clause: alternatives that contain another one are left out, for whoever holds them holds the other too. */
export function createClause(kind: ClauseKind, anyOf: readonly (readonly string[])[]): Clause {
  return {
    kind,
    anyOf: anyOf.filter((all, index) => !anyOf.some((other, at) => makesSuperfluous(other, at, all, index))),
  };
}

/** The clauses without those that follow from another one: `[[a], [b]]` beside `[[a]]` says nothing. */
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

/** Text that is equal for clauses that mean the same, whatever the order they were written in. */
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

/** Whoever meets `stronger` meets `weaker`: each of its alternatives contains one of the weaker's. */
function implies(stronger: Clause, weaker: Clause): boolean {
  if (stronger.kind !== weaker.kind) return false;
  return stronger.anyOf.every((all) => weaker.anyOf.some((wanted) => contains(all, wanted)));
}

/** Whether `clause` follows from `other`. Of two that mean the same the first one stays: without either, nothing is asked. */
function isNeedless(clause: Clause, index: number, other: Clause, at: number): boolean {
  return implies(other, clause) && (at < index || !implies(clause, other));
}

function keyOfHalves({ delegated, app }: Halves): string {
  return JSON.stringify([keyOfClauses(delegated), app === 'never' ? app : keyOfClauses(app)]);
}

function keyOfClause(clause: Clause): string {
  return JSON.stringify([clause.kind, clause.anyOf.map((all) => JSON.stringify([...all].sort())).sort()]);
}
