import { type ASTNode, type ConstDirectiveNode, getLocation } from 'graphql';
import {
  bothOf,
  type ClauseKind,
  type Clauses,
  createClause,
  type Halves,
  reduceClauses,
} from '../requirements/requirement.js';
import { AUTHORIZATION_DIRECTIVES, type AuthorizationDirective } from './directive-names.js';
import type { RequirementProblem } from './requirement-error.js';
import { type ReadNames, readAlternatives, readAuthContext } from './rule-names.js';

/** What one schema element demands by its own directives. */
export interface Contribution extends Halves {
  readonly isPublic: boolean;
  readonly policies: Clauses;
}

/** Where a directive may stand. `nowhere`: elements whose rules would protect nothing, so that none is accepted. */
export type ElementKind = 'field' | 'object' | 'leaf' | 'input' | 'nowhere';

/** A schema element as far as rules are concerned. */
export interface RuledElement {
  readonly coordinate: string;
  readonly kind: ElementKind;
  /** Its definition and extensions. Elements built in code have none, and no rules. */
  readonly nodes: readonly (DirectiveHolder | null | undefined)[];
}

/** What reading needs to know, and where it leaves what is wrong. */
export interface DirectiveReading {
  readonly names: ReadonlyMap<string, AuthorizationDirective>;
  /** Names of the policies that exist; undefined: any name will do. */
  readonly policies: ReadonlySet<string> | undefined;
  readonly problems: RequirementProblem[];
}

type DirectiveHolder = ASTNode & { readonly directives?: readonly ConstDirectiveNode[] | undefined };
interface Applied {
  readonly name: AuthorizationDirective;
  readonly node: ConstDirectiveNode;
}

const ALLOWED: Readonly<Record<ElementKind, readonly AuthorizationDirective[]>> = {
  field: AUTHORIZATION_DIRECTIVES,
  object: AUTHORIZATION_DIRECTIVES,
  leaf: ['authenticated', 'requiresScopes', 'requiresRoles', 'requiresAuthContext'],
  input: ['requiresRoles', 'requiresAuthContext'],
  nowhere: [],
};

/** What the element contributes; undefined when it has no directive of ours. Problems are added to the reading. */
export function readContribution(element: RuledElement, reading: DirectiveReading): Contribution | undefined {
  const applied = element.nodes.flatMap((node) => directivesOf(node, reading.names));
  const fitting = applied.filter((directive) => isInPlace(directive, element, reading));
  if (fitting.length === 0) return undefined;
  const isPublic = fitting.some(({ name }) => name === 'public');
  const other = fitting.find(({ name }) => name !== 'public');
  if (isPublic && other) addProblem(reading, element, other.node, `@${other.node.name.value} contradicts @public`);
  const clausesOf = (name: ClauseDirective) =>
    fitting
      .filter((directive) => directive.name === name)
      .flatMap(({ node }) => readClause(name, node, element, reading));
  const demands = [...clausesOf('requiresScopes'), ...clausesOf('requiresRoles'), ...clausesOf('requiresAuthContext')];
  const permissions = clausesOf('allowsApps');
  // What users must hold, applications cannot: it closes the element to them, unless permissions are named for them.
  const isClosedToApps = demands.length > 0 && permissions.length === 0;
  return {
    isPublic,
    delegated: reduceClauses(demands),
    app: isClosedToApps ? 'never' : reduceClauses(permissions),
    policies: reduceClauses(clausesOf('policy')),
  };
}

/** All contributions together; none is the demand for a verified caller. Public only when all of them are. */
export function joinContributions(contributions: readonly Contribution[]): Contribution {
  const halves = contributions.reduce<Halves>(bothOf, { delegated: [], app: [] });
  return {
    ...halves,
    isPublic: contributions.length > 0 && contributions.every(({ isPublic }) => isPublic),
    policies: reduceClauses(contributions.flatMap(({ policies }) => policies)),
  };
}

/** `file:line` of a node; undefined when it was parsed without locations or made in code. */
export function locationOf(node: ASTNode | null | undefined): string | undefined {
  if (!node?.loc) return undefined;
  return `${node.loc.source.name}:${getLocation(node.loc.source, node.loc.start).line}`;
}

function directivesOf(
  node: DirectiveHolder | null | undefined,
  names: ReadonlyMap<string, AuthorizationDirective>,
): readonly Applied[] {
  return (node?.directives ?? []).flatMap((directive) => {
    const name = names.get(directive.name.value);
    return name === undefined ? [] : [{ name, node: directive }];
  });
}

function isInPlace({ name, node }: Applied, element: RuledElement, reading: DirectiveReading): boolean {
  if (ALLOWED[element.kind].includes(name)) return true;
  addProblem(reading, element, node, `@${node.name.value} would protect nothing here`);
  return false;
}

/** The directives that name something to hold. */
type ClauseDirective = Exclude<AuthorizationDirective, 'public' | 'authenticated'>;

const CLAUSES: Readonly<
  Record<ClauseDirective, { readonly kind: ClauseKind; readonly read: (node: ConstDirectiveNode) => ReadNames }>
> = {
  requiresScopes: { kind: 'scope', read: (node) => readAlternatives(node, 'scopes') },
  requiresRoles: { kind: 'role', read: (node) => readAlternatives(node, 'roles') },
  allowsApps: { kind: 'permission', read: (node) => readAlternatives(node, 'permissions') },
  requiresAuthContext: { kind: 'authContext', read: readAuthContext },
  policy: { kind: 'policy', read: (node) => readAlternatives(node, 'policies') },
};

function readClause(
  name: ClauseDirective,
  node: ConstDirectiveNode,
  element: RuledElement,
  reading: DirectiveReading,
): Clauses {
  const { kind, read } = CLAUSES[name];
  const result = read(node);
  if ('problem' in result) {
    addProblem(reading, element, node, `@${node.name.value} ${result.problem}`);
    return [];
  }
  if (name === 'policy') reportUnknownPolicies(result.anyOf.flat(), node, element, reading);
  return [createClause(kind, result.anyOf)];
}

function reportUnknownPolicies(
  used: readonly string[],
  node: ConstDirectiveNode,
  element: RuledElement,
  reading: DirectiveReading,
): void {
  const unknown = new Set(used.filter((name) => reading.policies?.has(name) === false));
  for (const name of unknown) addProblem(reading, element, node, `there is no policy ${JSON.stringify(name)}`);
}

function addProblem(reading: DirectiveReading, element: RuledElement, node: ASTNode, message: string): void {
  reading.problems.push({ coordinate: element.coordinate, message, location: locationOf(node) });
}
