import { type ConstDirectiveNode, type ConstValueNode, type GraphQLSchema, Kind } from 'graphql';

/** The directives of this room, by the names under which they are documented. */
export const AUTHORIZATION_DIRECTIVES = [
  'public',
  'authenticated',
  'requiresScopes',
  'requiresRoles',
  'allowsApps',
  'requiresAuthContext',
  'policy',
] as const;

/** The documented name of a directive of this room. */
export type AuthorizationDirective = (typeof AUTHORIZATION_DIRECTIVES)[number];

const FROM_FEDERATION: readonly AuthorizationDirective[] = ['authenticated', 'requiresScopes', 'policy'];
const FEDERATION_SPECIFICATION = /\/federation\/v\d+\.\d+$/;

/**
 * Names as used in this schema → documented names. Federation lets a subgraph rename what it links: by
 * `import: [{name: "@policy", as: "@rule"}]`, and with a namespace (`@federation__policy`, or another with `as:`) what
 * it does not import (Apollo Federation: `@link`). The documented names are understood too, linked or not, so that
 * leaving out an import does not open a field.
 */
export function readDirectiveNames(schema: GraphQLSchema): ReadonlyMap<string, AuthorizationDirective> {
  const names = new Map<string, AuthorizationDirective>(AUTHORIZATION_DIRECTIVES.map((name) => [name, name]));
  for (const definition of [schema.astNode, ...schema.extensionASTNodes]) {
    for (const directive of definition?.directives ?? []) {
      if (directive.name.value === 'link') addLinkedNames(names, directive);
    }
  }
  return names;
}

function addLinkedNames(names: Map<string, AuthorizationDirective>, link: ConstDirectiveNode): void {
  const url = text(argument(link, 'url'));
  if (url === undefined || !FEDERATION_SPECIFICATION.test(url)) return;
  const namespace = text(argument(link, 'as')) ?? 'federation';
  for (const name of FROM_FEDERATION) names.set(`${namespace}__${name}`, name);
  const imports = argument(link, 'import');
  for (const entry of imports?.kind === Kind.LIST ? imports.values : []) addImport(names, entry);
}

function addImport(names: Map<string, AuthorizationDirective>, entry: ConstValueNode): void {
  if (entry.kind !== Kind.OBJECT) return;
  const part = (wanted: string) => text(entry.fields.find((field) => field.name.value === wanted)?.value);
  const name = FROM_FEDERATION.find((known) => part('name') === `@${known}`);
  const alias = part('as');
  if (name !== undefined && alias !== undefined) names.set(alias.replace(/^@/, ''), name);
}

function argument(directive: ConstDirectiveNode, name: string): ConstValueNode | undefined {
  return directive.arguments?.find((candidate) => candidate.name.value === name)?.value;
}

function text(value: ConstValueNode | undefined): string | undefined {
  return value?.kind === Kind.STRING ? value.value : undefined;
}
