import {
  type ConstDirectiveNode,
  concatAST,
  type DefinitionNode,
  type DocumentNode,
  Kind,
  parse,
  print,
  visit,
} from 'graphql';

const SPECIFICATION = 'https://specs.apollo.dev/federation/v2.3';

/** The directives of `schema/server/federation.graphql`, which Federation itself defines. */
const FEDERATION_DIRECTIVES = ['key', 'shareable', 'external', 'requires', 'provides', 'override', 'inaccessible'];

/**
 * Prints the schema of a subgraph for composition. The schema imports the directives of Federation that it uses and leaves
 * out the rules. A router that saw the rules would enforce them too, by a claim that Entra's tokens do not have.
 */
export function printSubgraphSdl(documents: readonly DocumentNode[]): string {
  const whole = concatAST(documents);
  const used = new Set<string>();
  visit(whole, { Directive: ({ name }) => void used.add(name.value) });
  const imported = FEDERATION_DIRECTIVES.filter((name) => used.has(name)).map((name) => `"@${name}"`);
  const link = parse(`extend schema @link(url: "${SPECIFICATION}", import: [${imported.join(', ')}])`);
  const definitions = whole.definitions.filter((node) => !isOfFederation(node));
  return print({ kind: Kind.DOCUMENT, definitions: [...link.definitions, ...definitions] });
}

function isOfFederation(node: DefinitionNode): boolean {
  return node.kind === Kind.DIRECTIVE_DEFINITION && FEDERATION_DIRECTIVES.includes(node.name.value);
}

/** Returns the names of the object types that a router can look up by a key, in the order of the text. */
export function entityNames(documents: readonly DocumentNode[]): readonly string[] {
  const entities = concatAST(documents).definitions.flatMap((node) =>
    isObjectTypeNode(node) && node.directives?.some(isResolvableKey) ? [node.name.value] : [],
  );
  return [...new Set(entities)];
}

function isObjectTypeNode(node: DefinitionNode) {
  return node.kind === Kind.OBJECT_TYPE_DEFINITION || node.kind === Kind.OBJECT_TYPE_EXTENSION;
}

function isResolvableKey({ name, arguments: given = [] }: ConstDirectiveNode): boolean {
  const isUnresolvable = given.some(
    (argument) => argument.name.value === 'resolvable' && argument.value.kind === Kind.BOOLEAN && !argument.value.value,
  );
  return name.value === 'key' && !isUnresolvable;
}
