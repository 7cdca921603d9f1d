import {
  type ConstDirectiveNode,
  type ConstValueNode,
  type GraphQLInterfaceType,
  type GraphQLObjectType,
  type GraphQLSchema,
  isInterfaceType,
  isObjectType,
  Kind,
  parse,
  type SelectionSetNode,
} from 'graphql';
import { FEDERATION_SPECIFICATION, readLinkedNames } from '../../rules/directive-names.js';
import { readExtensions } from '../../rules/rules-in-extensions.js';

/** Fields to keep of an object that a router sends. The key is the name. Undefined keeps a value as it is. */
export type KeptFields = ReadonlyMap<string, KeptFields | undefined>;

const ENTITY_DIRECTIVES = ['key', 'requires', 'external'] as const;
type EntityDirective = (typeof ENTITY_DIRECTIVES)[number];
type EntityType = GraphQLObjectType | GraphQLInterfaceType;

/**
 * Returns a function that cuts a representation of `_entities` to the fields that Federation's routers send: those of the
 * entity's `@key`, and those that it declares `@external` or `@requires`. Any other field was made up by a client, and a
 * `__resolveReference` that spreads its reference would take it for data. A type without keys is left as it is.
 */
export function createReferenceCut(schema: GraphQLSchema): (representation: unknown) => unknown {
  const keptByType = readKeptFields(schema);
  return (representation) => {
    const { __typename: typeName }: { readonly __typename?: unknown } = Object(representation);
    const kept = keptByType.get(String(typeName));
    return kept ? cut(representation, kept) : representation;
  };
}

/** Returns the fields that representations of each entity may have, for the types that have a key. */
export function readKeptFields(schema: GraphQLSchema): ReadonlyMap<string, KeptFields> {
  const names = entityDirectiveNames(schema);
  return new Map(entityTypes(schema).flatMap((type) => keptFieldsOf(type, names)));
}

/** The fields of each key of an entity. */
export type EntityKeys = readonly KeptFields[];

export function readEntityKeys(schema: GraphQLSchema): ReadonlyMap<string, EntityKeys> {
  const names = entityDirectiveNames(schema);
  return new Map(
    entityTypes(schema).map((type) => {
      const keys = usesOf(type, names).filter(({ name }) => name === 'key');
      return [type.name, keys.map(({ node }) => addFieldSets(new Map(), node))];
    }),
  );
}

function entityDirectiveNames(schema: GraphQLSchema): Names {
  return new Map<string, EntityDirective>([
    ...ENTITY_DIRECTIVES.map((name) => [name, name] as const),
    ...readLinkedNames(schema, FEDERATION_SPECIFICATION, ENTITY_DIRECTIVES),
  ]);
}

function entityTypes(schema: GraphQLSchema): readonly EntityType[] {
  return Object.values(schema.getTypeMap()).filter((type) => isObjectType(type) || isInterfaceType(type));
}

type Names = ReadonlyMap<string, EntityDirective>;
type Tree = Map<string, Tree | undefined>;

function keptFieldsOf(type: EntityType, names: Names): readonly (readonly [string, KeptFields])[] {
  const keys = usesOf(type, names).filter(({ name }) => name === 'key');
  if (keys.length === 0) return [];
  const fields = Object.values(type.getFields());
  const ofFields = fields.flatMap((field) => usesOf(field, names));
  const tree: Tree = new Map([['__typename', undefined]]);
  for (const { node } of [...keys, ...ofFields.filter(({ name }) => name === 'requires')]) addFieldSets(tree, node);
  for (const name of externalFields(type, names)) if (!tree.has(name)) tree.set(name, undefined);
  return [[type.name, tree]];
}

/** Returns the fields that are `@external`, by themselves or by the definition or extension around them. */
function externalFields(type: EntityType, names: Names): readonly string[] {
  const isExternal = (uses: readonly Use[]) => uses.some(({ name }) => name === 'external');
  const externalNodes = [type.astNode, ...type.extensionASTNodes].filter((node) =>
    isExternal(usesOf({ astNode: node }, names)),
  );
  return Object.values(type.getFields())
    .filter((field) => isExternal(usesOf(field, names)) || externalNodes.some((node) => declares(node, field.name)))
    .map(({ name }) => name);
}

function declares(node: EntityType['astNode'] | EntityType['extensionASTNodes'][number], fieldName: string): boolean {
  return node?.fields?.some(({ name }) => name.value === fieldName) === true;
}

interface Use {
  readonly name: EntityDirective;
  readonly node: ConstDirectiveNode;
}

interface Element {
  readonly astNode?: { readonly directives?: readonly ConstDirectiveNode[] | undefined } | null | undefined;
  readonly extensionASTNodes?: readonly { readonly directives?: readonly ConstDirectiveNode[] | undefined }[];
  readonly extensions?: unknown;
}

function usesOf({ astNode, extensionASTNodes = [], extensions }: Element, names: Names): readonly Use[] {
  const read = readExtensions(extensions, (name) => names.has(name));
  const inExtensions = 'problem' in read ? [] : read.directives;
  const nodes = [astNode, ...extensionASTNodes].flatMap((node) => node?.directives ?? []);
  return [...nodes, ...inExtensions].flatMap((node) => {
    const name = names.get(node.name.value);
    return name === undefined ? [] : [{ name, node }];
  });
}

function addFieldSets(tree: Tree, node: ConstDirectiveNode): Tree {
  const given = node.arguments?.find(({ name }) => name.value === 'fields')?.value;
  for (const text of textsOf(given)) {
    const { definitions } = parse(`{ ${text} }`, { noLocation: true });
    const operations = definitions.filter((definition) => definition.kind === Kind.OPERATION_DEFINITION);
    for (const { selectionSet } of operations) addSelections(tree, selectionSet);
  }
  return tree;
}

/** Returns the field sets of a value. Federation 1 took a list of them as well. */
function textsOf(value: ConstValueNode | undefined): readonly string[] {
  if (value?.kind === Kind.LIST) return value.values.flatMap(textsOf);
  return value?.kind === Kind.STRING ? [value.value] : [];
}

function addSelections(tree: Tree, { selections }: SelectionSetNode): void {
  for (const selection of selections) {
    if (selection.kind === Kind.INLINE_FRAGMENT) addSelections(tree, selection.selectionSet);
    if (selection.kind !== Kind.FIELD) continue;
    const { name, selectionSet } = selection;
    const inner: Tree = tree.get(name.value) ?? new Map([['__typename', undefined]]);
    if (selectionSet) addSelections(inner, selectionSet);
    tree.set(name.value, selectionSet ? inner : undefined);
  }
}

function cut(value: unknown, kept: KeptFields): unknown {
  if (Array.isArray(value)) return value.map((item) => cut(item, kept));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([name]) => kept.has(name))
      .map(([name, inner]) => {
        const keptInside = kept.get(name);
        return [name, keptInside ? cut(inner, keptInside) : inner];
      }),
  );
}
