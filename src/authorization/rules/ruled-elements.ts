import {
  type ASTNode,
  type ConstDirectiveNode,
  type GraphQLNamedType,
  type GraphQLSchema,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isIntrospectionType,
  isObjectType,
  isScalarType,
} from 'graphql';

/** Places of a directive. `nowhere` stands for elements that do not accept rules, because the rules would protect nothing. */
export type ElementKind = 'field' | 'object' | 'leaf' | 'input' | 'nowhere';

/** A node of the schema's text that can carry directives. */
export type DirectiveHolder = ASTNode & { readonly directives?: readonly ConstDirectiveNode[] | undefined };

/** A schema element as far as rules are concerned. */
export interface RuledElement {
  readonly coordinate: string;
  readonly kind: ElementKind;
  /** Its definition and extensions. An element built in code has none. */
  readonly nodes: readonly (DirectiveHolder | null | undefined)[];
  /** The element's `extensions`, where code-first tools put their directives under `directives`. */
  readonly extensions: unknown;
  /** The name of the type that holds the element, or of the element itself. */
  readonly typeName: string;
}

/** A field, an argument, an input field or an enum value. */
interface Member {
  readonly name: string;
  readonly astNode?: DirectiveHolder | null | undefined;
  readonly extensions: unknown;
}

/** Lists every element of a schema that can carry a directive, whether or not a rule may stand there. */
export function listElements(schema: GraphQLSchema): readonly RuledElement[] {
  const own: RuledElement = {
    coordinate: 'schema',
    kind: 'nowhere',
    nodes: [schema.astNode, ...schema.extensionASTNodes],
    extensions: schema.extensions,
    typeName: 'schema',
  };
  const inDirectives = schema
    .getDirectives()
    .flatMap(({ name, args }) =>
      args.map((arg) => memberElement(`@${name}`, `@${name}(${arg.name}:)`, 'nowhere', arg)),
    );
  const types = Object.values(schema.getTypeMap()).filter((type) => !isIntrospectionType(type));
  return [...types.flatMap(elementsOfType), own, ...inDirectives];
}

function elementsOfType(type: GraphQLNamedType): readonly RuledElement[] {
  const own: RuledElement = {
    coordinate: type.name,
    kind: kindOfType(type),
    nodes: [type.astNode, ...type.extensionASTNodes],
    extensions: type.extensions,
    typeName: type.name,
  };
  return [own, ...membersOf(type)];
}

function kindOfType(type: GraphQLNamedType): ElementKind {
  if (isObjectType(type)) return 'object';
  return isScalarType(type) || isEnumType(type) ? 'leaf' : 'nowhere';
}

function membersOf(type: GraphQLNamedType): readonly RuledElement[] {
  const member = (kind: ElementKind) => (one: Member) =>
    memberElement(type.name, `${type.name}.${one.name}`, kind, one);
  if (isEnumType(type)) return type.getValues().map(member('nowhere'));
  if (isInputObjectType(type)) return Object.values(type.getFields()).map(member('input'));
  if (!isObjectType(type) && !isInterfaceType(type)) return [];
  const isReal = isObjectType(type);
  return Object.values(type.getFields()).flatMap((field) => [
    member(isReal ? 'field' : 'nowhere')(field),
    ...field.args.map((argument) => {
      const coordinate = `${type.name}.${field.name}(${argument.name}:)`;
      return memberElement(type.name, coordinate, isReal ? 'input' : 'nowhere', argument);
    }),
  ]);
}

function memberElement(typeName: string, coordinate: string, kind: ElementKind, member: Member): RuledElement {
  return { coordinate, kind, nodes: [member.astNode], extensions: member.extensions, typeName };
}
