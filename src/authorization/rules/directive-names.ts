import { type ConstDirectiveNode, type ConstValueNode, type GraphQLSchema, Kind, specifiedDirectives } from 'graphql';
// graphql does not export it, and uses it for its own messages.
import { suggestionList } from 'graphql/jsutils/suggestionList.js';
import { readExtensions } from './rules-in-extensions.js';

/** The directives of this room, by the names under which they are documented. */
export const AUTHORIZATION_DIRECTIVES = [
  'public',
  'authenticated',
  'requiresScopes',
  'requiresRoles',
  'allowsApps',
  'forbidsAgents',
  'allowsAgents',
  'requiresAuthContext',
  'policy',
] as const;

/** The documented name of a directive of this room. */
export type AuthorizationDirective = (typeof AUTHORIZATION_DIRECTIVES)[number];

const FEDERATION_DIRECTIVES: readonly AuthorizationDirective[] = ['authenticated', 'requiresScopes', 'policy'];
/** Matches the address of Apollo Federation's specification. A slash at its end means nothing (`@link`, s. "Url"). */
export const FEDERATION_SPECIFICATION = /\/(?<name>federation)\/v\d+\.\d+\/?$/;
export const LINK_DIRECTIVE = 'link';

/**
 * Names as used in this schema → documented names. The documented names are understood too, with and without Federation's
 * namespace and with or without a link. So a missing import does not open a field.
 */
export function readDirectiveNames(schema: GraphQLSchema): ReadonlyMap<string, AuthorizationDirective> {
  const documented = AUTHORIZATION_DIRECTIVES.map((name) => [name, name] as const);
  const namespaced = FEDERATION_DIRECTIVES.map((name) => [`federation__${name}`, name] as const);
  const linked = readLinkedNames(schema, FEDERATION_SPECIFICATION, FEDERATION_DIRECTIVES);
  return new Map([...documented, ...namespaced, ...linked]);
}

/**
 * Returns the names under which a schema links directives of a specification → their names there. Federation lets a subgraph
 * rename what it links with `import: [{name: "@policy", as: "@rule"}]`. What it does not import has a namespace
 * (`@federation__policy` or another with `as:`) (Apollo Federation: `@link`).
 *
 * @param specification matches the specification's address. Its group `name` is the namespace.
 */
export function readLinkedNames<Name extends string>(
  schema: GraphQLSchema,
  specification: RegExp,
  directives: readonly Name[],
): ReadonlyMap<string, Name> {
  const names = new Map<string, Name>();
  const inText = [schema.astNode, ...schema.extensionASTNodes].flatMap((definition) => definition?.directives ?? []);
  for (const directive of [...inText, ...directivesInExtensions(schema)]) {
    if (directive.name.value === LINK_DIRECTIVE) addLinkedNames(names, directive, { specification, directives });
  }
  return names;
}

/** Returns the links of a schema that was made in code. Unclear ones are reported where the rules are read. */
function directivesInExtensions({ extensions }: GraphQLSchema): readonly ConstDirectiveNode[] {
  const read = readExtensions(extensions, (name) => name === LINK_DIRECTIVE);
  return 'problem' in read ? [] : read.directives;
}

interface Specification<Name> {
  readonly specification: RegExp;
  readonly directives: readonly Name[];
}

function addLinkedNames<Name extends string>(
  names: Map<string, Name>,
  link: ConstDirectiveNode,
  { specification, directives }: Specification<Name>,
): void {
  const found = specification.exec(text(argument(link, 'url')) ?? '');
  if (!found) return;
  const namespace = text(argument(link, 'as')) ?? found.groups?.name;
  for (const name of directives) names.set(`${namespace}__${name}`, name);
  const imports = argument(link, 'import');
  // A single import is a list by GraphQL's coercion.
  const entries = imports?.kind === Kind.LIST ? imports.values : [imports];
  for (const entry of entries) addImport(names, entry, directives);
}

function addImport<Name extends string>(
  names: Map<string, Name>,
  entry: ConstValueNode | undefined,
  directives: readonly Name[],
): void {
  if (entry?.kind !== Kind.OBJECT) return;
  const part = (wanted: string) => text(entry.fields.find((field) => field.name.value === wanted)?.value);
  const name = directives.find((known) => part('name') === `@${known}`);
  const alias = part('as');
  if (name !== undefined && alias !== undefined) names.set(alias.replace(/^@/, ''), name);
}

function argument(directive: ConstDirectiveNode, name: string): ConstValueNode | undefined {
  return directive.arguments?.find((candidate) => candidate.name.value === name)?.value;
}

function text(value: ConstValueNode | undefined): string | undefined {
  return value?.kind === Kind.STRING ? value.value : undefined;
}

/** Directives of GraphQL and of Federation other than rules. Their libraries declare them later if at all. */
const KNOWN_ELSEWHERE: ReadonlySet<string> = new Set([
  ...specifiedDirectives.map(({ name }) => name),
  'oneOf',
  ...['link', 'key', 'extends', 'external', 'requires', 'provides', 'shareable', 'override', 'inaccessible', 'tag'],
  ...['interfaceObject', 'composeDirective', 'context', 'fromContext', 'cost', 'listSize', 'cacheTag', 'cacheControl'],
]);

/** Returns whether a directive without a declaration is one of GraphQL or of Federation, by its name or by its namespace. */
export function isKnownElsewhere(name: string): boolean {
  return KNOWN_ELSEWHERE.has(name.replace(/^federation__/, ''));
}

/** Returns the directive of this room that was probably meant by a name that means nothing; undefined when none is near. */
export function suggestDirective(name: string): AuthorizationDirective | undefined {
  const bare = name.replace(/^@/, '');
  const [nearest] = suggestionList(bare, AUTHORIZATION_DIRECTIVES);
  return AUTHORIZATION_DIRECTIVES.find((known) => known === nearest);
}
