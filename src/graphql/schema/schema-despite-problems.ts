import {
  buildASTSchema,
  type DefinitionNode,
  type DocumentNode,
  type GraphQLObjectType,
  GraphQLSchema,
  isObjectType,
  isTypeDefinitionNode,
  isTypeExtensionNode,
  Kind,
  specifiedScalarTypes,
  type TypeDefinitionNode,
  type TypeExtensionNode,
  visit,
} from 'graphql';

/** A schema that cannot be served, but shows the rules of its text. */
export interface SchemaDespiteProblems {
  readonly schema: GraphQLSchema;
  /** Whether a type is missing. Elements that only this type leads to cannot be reached then. */
  readonly isPartial: boolean;
}

/**
 * Builds a schema from definitions that do not form one. A missing type becomes a scalar. An extension without a definition
 * becomes a definition, and a second definition becomes an extension. Uses graphql-js, because graphql-tools stops at the
 * first contradiction.
 */
export function buildDespiteProblems(whole: DocumentNode): SchemaDespiteProblems {
  const known = new Set(specifiedScalarTypes.map(({ name }) => name));
  const patched = whole.definitions.map((node): DefinitionNode => {
    if (!isTypeDefinitionNode(node) && !isTypeExtensionNode(node)) return node;
    const isFirst = !known.has(node.name.value);
    known.add(node.name.value);
    return as(isFirst ? 'Definition' : 'Extension', node);
  });
  const missing = [...namedTypesIn(whole)].filter((name) => !known.has(name));
  const definitions = [...patched, ...missing.map(scalarOf)];
  const built = buildASTSchema({ kind: Kind.DOCUMENT, definitions }, { assumeValidSDL: true });
  const schema = withoutUnfitRoots(built);
  return { schema, isPartial: schema !== built || missing.length > 0 || hasUndefinedExtension(whole) };
}

/** Leaves out a root type that has no fields, which no reader of a schema expects. */
function withoutUnfitRoots(schema: GraphQLSchema): GraphQLSchema {
  const { query, mutation, subscription, ...config } = schema.toConfig();
  const fits = (type: GraphQLObjectType | null | undefined) => !type || isObjectType(type);
  if ([query, mutation, subscription].every(fits)) return schema;
  const root = (type: GraphQLObjectType | null | undefined) => (fits(type) ? type : undefined);
  return new GraphQLSchema({
    ...config,
    query: root(query),
    mutation: root(mutation),
    subscription: root(subscription),
  });
}

/** Returns the node with another kind. The kinds are `ObjectTypeDefinition`, `ObjectTypeExtension` and so on. */
function as(ending: 'Definition' | 'Extension', node: TypeDefinitionNode | TypeExtensionNode): DefinitionNode {
  return { ...node, kind: node.kind.replace(/(Definition|Extension)$/, ending) } as DefinitionNode;
}

function hasUndefinedExtension({ definitions }: DocumentNode): boolean {
  const defined = new Set(definitions.filter(isTypeDefinitionNode).map(({ name }) => name.value));
  return definitions.filter(isTypeExtensionNode).some(({ name }) => !defined.has(name.value));
}

function namedTypesIn(whole: DocumentNode): ReadonlySet<string> {
  const names = new Set<string>();
  visit(whole, { NamedType: ({ name }) => void names.add(name.value) });
  return names;
}

function scalarOf(value: string): DefinitionNode {
  return { kind: Kind.SCALAR_TYPE_DEFINITION, name: { kind: Kind.NAME, value } };
}
