import { type ASTNode, type ConstDirectiveNode, print } from 'graphql';
import {
  allTogether,
  type ClauseKind,
  type Clauses,
  createClause,
  type Halves,
  reduceClauses,
} from '../requirements/requirement.js';
import {
  AUTHORIZATION_DIRECTIVES,
  type AuthorizationDirective,
  isKnownElsewhere,
  LINK_DIRECTIVE,
  suggestDirective,
} from './directive-names.js';
import { doubledRule, locationOf, type RequirementProblem } from './requirement-error.js';
import { type ReadNames, readAlternatives, readAuthContext } from './rule-names.js';
import type { ElementKind, RuledElement } from './ruled-elements.js';
import { readExtensions } from './rules-in-extensions.js';

/** Requirements that one schema element contributes by its own directives. */
export interface Contribution extends Halves {
  readonly isPublic: boolean;
  /** `@allowsApps` stands on the element. */
  readonly opensToApps: boolean;
  /** `@allowsAgents` stands on the element. */
  readonly opensToAgents: boolean;
  readonly policies: Clauses;
}

export interface DirectiveReading {
  readonly names: ReadonlyMap<string, AuthorizationDirective>;
  /** Names of the policies that exist. If undefined, any name is accepted. */
  readonly policies: ReadonlySet<string> | undefined;
  /** Directives that the schema defines. One that is neither among them nor among `names` may be misspelt. */
  readonly defined: ReadonlySet<string>;
  readonly problems: RequirementProblem[];
}

/** A use of one of the directives on an element. */
export interface AppliedRule {
  readonly name: AuthorizationDirective;
  readonly node: ConstDirectiveNode;
  /** False for a directive of `extensions`, which has no node of its own. */
  readonly isFromText: boolean;
  /** The element's `extensions` have the same directive. */
  readonly isMirrored: boolean;
}

const ALLOWED: Readonly<Record<ElementKind, readonly AuthorizationDirective[]>> = {
  field: AUTHORIZATION_DIRECTIVES,
  object: AUTHORIZATION_DIRECTIVES,
  leaf: ['authenticated', 'requiresScopes', 'requiresRoles', 'forbidsAgents', 'requiresAuthContext'],
  input: ['requiresRoles', 'forbidsAgents', 'requiresAuthContext'],
  nowhere: [],
};

/** Returns what the element contributes. Undefined when it has none of our directives. Problems are added to the reading. */
export function readContribution(element: RuledElement, reading: DirectiveReading): Contribution | undefined {
  const applied = rulesOn(element, reading);
  reportUnreadable(element, reading);
  reportDoubled(applied, element, reading);
  const fitting = applied.filter((directive) => isInPlace(directive, element, reading));
  for (const directive of fitting) reportUnfitArguments(directive, element, reading);
  if (fitting.length === 0) return undefined;
  const isPublic = fitting.some(({ name }) => name === 'public');
  const other = fitting.find(({ name }) => name !== 'public');
  if (isPublic && other) addProblem(reading, element, other.node, `@${other.node.name.value} contradicts @public`);
  const forbidsAgents = fitting.some(({ name }) => name === 'forbidsAgents');
  const opening = fitting.find(({ name }) => name === 'allowsAgents');
  if (forbidsAgents && opening) {
    addProblem(reading, element, opening.node, `@${opening.node.name.value} contradicts @forbidsAgents`);
  }
  const clausesOf = (name: ClauseDirective) =>
    fitting
      .filter((directive) => directive.name === name)
      .flatMap(({ node }) => readClause(name, node, element, reading));
  const demands = [...clausesOf('requiresScopes'), ...clausesOf('requiresRoles'), ...clausesOf('requiresAuthContext')];
  const permissions = clausesOf('allowsApps');
  // Applications cannot hold what users must hold. The element is closed to them unless permissions are named for them.
  const isClosedToApps = demands.length > 0 && permissions.length === 0;
  return {
    isPublic,
    opensToApps: permissions.length > 0,
    delegated: reduceClauses(demands),
    app: isClosedToApps ? 'never' : reduceClauses(permissions),
    opensToAgents: opening !== undefined,
    forbidsAgents,
    policies: reduceClauses(clausesOf('policy')),
  };
}

/** Joins all contributions. Without any, a verified caller is demanded. Public only when all of them are. */
export function joinContributions(
  contributions: readonly Contribution[],
): Omit<Contribution, 'opensToApps' | 'opensToAgents'> {
  const halves = allTogether(contributions);
  return {
    ...halves,
    isPublic: contributions.length > 0 && contributions.every(({ isPublic }) => isPublic),
    policies: reduceClauses(contributions.flatMap(({ policies }) => policies)),
  };
}

/**
 * Adds what closes a field to agents where `agents` is `closed`. `@allowsAgents` on the field or on the type that it belongs
 * to keeps it open. A public field stays open too, because an agent could leave out its token.
 *
 * @param own contributions of the field and its type
 * @param all these and that of its return type
 */
export function closeToAgents(
  own: readonly (Contribution | undefined)[],
  all: readonly Contribution[],
): readonly Contribution[] {
  const isPublic = all.length > 0 && all.every((contribution) => contribution.isPublic);
  return isPublic || own.some((contribution) => contribution?.opensToAgents) ? all : [...all, CLOSED_TO_AGENTS];
}

const CLOSED_TO_AGENTS: Contribution = {
  isPublic: false,
  opensToApps: false,
  opensToAgents: false,
  delegated: [],
  app: [],
  forbidsAgents: true,
  policies: [],
};

/**
 * Returns the uses of the directives on an element, from its nodes and from its `extensions`. A tool may mirror the text
 * in the extensions, so a directive that is equal in both is one use.
 */
export function rulesOn(element: RuledElement, { names }: Pick<DirectiveReading, 'names'>): readonly AppliedRule[] {
  const inText = element.nodes.flatMap((node) => node?.directives ?? []);
  const texts = new Set(inText.map(textOfDirective));
  const inExtensions = extensionsOf(element, names).directives;
  const mirrored = new Set(inExtensions.map(textOfDirective));
  const onlyInExtensions = inExtensions.filter((node) => !texts.has(textOfDirective(node)));
  return [
    ...inText.map((node) => ({ node, isFromText: true, isMirrored: mirrored.has(textOfDirective(node)) })),
    ...onlyInExtensions.map((node) => ({ node, isFromText: false, isMirrored: false })),
  ].flatMap((use) => {
    const name = names.get(use.node.name.value);
    return name === undefined ? [] : [{ name, ...use }];
  });
}

function extensionsOf({ extensions }: RuledElement, names: DirectiveReading['names']) {
  const read = readExtensions(extensions, (name) => names.has(name) || name === LINK_DIRECTIVE);
  return 'problem' in read ? { directives: [], problem: read.problem } : { ...read, problem: undefined };
}

/** Reports directives that look like rules but are not. They would leave their element open. */
function reportUnreadable(element: RuledElement, reading: DirectiveReading): void {
  const { coordinate, nodes } = element;
  const { directives, problem } = extensionsOf(element, reading.names);
  if (problem !== undefined) reading.problems.push({ coordinate, message: problem, location: undefined });
  for (const node of [...nodes.flatMap((one) => one?.directives ?? []), ...directives]) {
    const { value: name } = node.name;
    if (reading.defined.has(name) || reading.names.has(name) || isKnownElsewhere(name)) continue;
    const meant = suggestDirective(name);
    const advice = meant === undefined ? UNDECLARED : `Did you mean "@${meant}"?`;
    addProblem(reading, element, node, `the directive "@${name}" does not exist. ${advice}`);
  }
}

const UNDECLARED =
  'If it is to protect something, write a rule of this schema instead. If not, declare it or remove it';

function textOfDirective(node: ConstDirectiveNode): string {
  const given = (node.arguments ?? []).map((argument) => print(argument));
  return JSON.stringify([node.name.value, ...given.sort()]);
}

function reportDoubled(applied: readonly AppliedRule[], element: RuledElement, reading: DirectiveReading): void {
  for (const name of new Set(applied.map((rule) => rule.name))) {
    const nodes = applied.filter((rule) => rule.name === name).map(({ node }) => node);
    if (nodes.length > 1) reading.problems.push(doubledRule(element.coordinate, nodes, name));
  }
}

function isInPlace({ name, node }: AppliedRule, element: RuledElement, reading: DirectiveReading): boolean {
  if (ALLOWED[element.kind].includes(name)) return true;
  addProblem(reading, element, node, `@${node.name.value} would protect nothing here`);
  return false;
}

const ARGUMENTS: Readonly<Record<AuthorizationDirective, string | undefined>> = {
  public: undefined,
  authenticated: undefined,
  requiresScopes: 'scopes',
  requiresRoles: 'roles',
  allowsApps: 'permissions',
  forbidsAgents: undefined,
  allowsAgents: undefined,
  requiresAuthContext: 'id',
  policy: 'policies',
};

/** Reports arguments that are not read. One may be meant as a condition: `@public(if: false)` would open its element. */
function reportUnfitArguments({ name, node }: AppliedRule, element: RuledElement, reading: DirectiveReading): void {
  const given = (node.arguments ?? []).map((argument) => argument.name.value);
  const known = ARGUMENTS[name];
  const advice = known === undefined ? 'Write it without arguments' : `Its only argument is "${known}"`;
  for (const argument of new Set(given)) {
    const isTwice = given.indexOf(argument) < given.lastIndexOf(argument);
    const problem = argument !== known ? `has no argument "${argument}"` : isTwice && `has "${argument}" twice`;
    if (problem) addProblem(reading, element, node, `@${node.name.value} ${problem}. ${advice}`);
  }
}

/** The directives that name something to hold. */
type ClauseDirective = Exclude<AuthorizationDirective, 'public' | 'authenticated' | 'forbidsAgents' | 'allowsAgents'>;

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
  for (const name of unknown) {
    const problem = `the policy ${JSON.stringify(name)} does not exist: correct the name, or define it in the code of the resource`;
    addProblem(reading, element, node, problem);
  }
}

function addProblem(reading: DirectiveReading, element: RuledElement, node: ASTNode, message: string): void {
  reading.problems.push({ coordinate: element.coordinate, message, location: locationOf(node) });
}
