import {
  GraphQLDirective,
  type GraphQLFieldConfigArgumentMap,
  GraphQLInputObjectType,
  GraphQLInterfaceType,
  GraphQLList,
  type GraphQLNamedType,
  GraphQLNonNull,
  GraphQLObjectType,
  GraphQLSchema,
  type GraphQLType,
  GraphQLUnionType,
  getNamedType,
  isInputObjectType,
  isInterfaceType,
  isListType,
  isNonNullType,
  isObjectType,
  isUnionType,
} from 'graphql';
import { findHidden, type IsShown } from './hidden-elements.js';
import { findReached } from './reached-types.js';

/**
 * Builds the schema without the elements that `isShown` denies. Nothing in it points to a type that it lacks. An interface
 * without remaining fields becomes the union of its types, so that they can still be selected. A query type without fields
 * stays, because a schema must have one.
 *
 * Scalars and enums are those of the given schema.
 */
export function buildPermittedSchema(schema: GraphQLSchema, isShown: IsShown): GraphQLSchema {
  const hidden = findHidden(schema, isShown);
  const reached = findReached(schema, hidden);
  const copies = createCopies(schema, { hidden, reached });
  const rootOf = (type: GraphQLObjectType | null | undefined, staysEmpty: boolean) =>
    type && (staysEmpty || !hidden.has(type.name)) ? copies.get(type) : undefined;
  const objects = Object.values(schema.getTypeMap()).filter((type) => isObjectType(type) && reached.has(type.name));
  return new GraphQLSchema({
    description: schema.description,
    query: rootOf(schema.getQueryType(), true),
    mutation: rootOf(schema.getMutationType(), false),
    subscription: rootOf(schema.getSubscriptionType(), false),
    types: objects.map(copies.get),
    directives: schema.getDirectives().map(copies.ofDirective),
    // It is valid, except that the query type may have no fields.
    assumeValid: true,
  });
}

type FieldConfig = ReturnType<GraphQLObjectType<unknown, unknown>['toConfig']>['fields'][string];

interface Copies {
  get<T extends GraphQLType>(type: T): T;
  ofDirective(directive: GraphQLDirective): GraphQLDirective;
}

interface Visible {
  readonly hidden: ReadonlySet<string>;
  readonly reached: ReadonlySet<string>;
}

/** Copies each type once, when it is asked for. */
function createCopies(schema: GraphQLSchema, { hidden, reached }: Visible): Copies {
  const known = new Map<string, GraphQLNamedType>();
  const keep = <T>(entries: Readonly<Record<string, T>>, coordinateOf: (name: string) => string) =>
    Object.entries(entries).filter(([name]) => !hidden.has(coordinateOf(name)));

  function copyArguments(args: FieldConfig['args'], field: string): GraphQLFieldConfigArgumentMap {
    const kept = keep({ ...args }, (name) => `${field}(${name}:)`);
    return Object.fromEntries(kept.map(([name, config]) => [name, { ...config, type: copy(config.type) }]));
  }

  function copyField(config: FieldConfig, coordinate: string) {
    const { resolve: _resolve, subscribe: _subscribe, ...shown } = config;
    return { ...shown, type: copy(config.type), args: copyArguments(config.args, coordinate) };
  }

  function copyFields(fields: Readonly<Record<string, FieldConfig>>, typeName: string) {
    const coordinateOf = (name: string) => `${typeName}.${name}`;
    const kept = keep(fields, coordinateOf);
    return Object.fromEntries(kept.map(([name, config]) => [name, copyField(config, coordinateOf(name))]));
  }

  const hasFields = (type: GraphQLInterfaceType) =>
    Object.keys(type.getFields()).some((name) => !hidden.has(`${type.name}.${name}`));
  const copyInterfaces = (interfaces: readonly GraphQLInterfaceType[]) =>
    interfaces.filter((type) => !hidden.has(type.name) && hasFields(type)).map(copy);

  function copyInterface(type: GraphQLInterfaceType): GraphQLNamedType {
    const { resolveType: _resolveType, ...config } = type.toConfig();
    if (hasFields(type)) {
      const fields = () => copyFields(config.fields, type.name);
      return new GraphQLInterfaceType({ ...config, interfaces: () => copyInterfaces(config.interfaces), fields });
    }
    const { name, description } = config;
    const types = () => schema.getPossibleTypes(type).filter((member) => reached.has(member.name));
    return new GraphQLUnionType({ name, description, types: () => types().map(copy) });
  }

  function copyNamed(type: GraphQLNamedType): GraphQLNamedType {
    if (isInterfaceType(type)) return copyInterface(type);
    if (isObjectType(type)) {
      const { isTypeOf: _isTypeOf, ...config } = type.toConfig();
      const fields = () => copyFields(config.fields, type.name);
      return new GraphQLObjectType({ ...config, interfaces: () => copyInterfaces(config.interfaces), fields });
    }
    if (isUnionType(type)) {
      const { resolveType: _resolveType, ...config } = type.toConfig();
      const types = () => config.types.filter(({ name }) => !hidden.has(name)).map(copy);
      return new GraphQLUnionType({ ...config, types });
    }
    if (!isInputObjectType(type)) return type;
    const config = type.toConfig();
    const fields = () => {
      const kept = keep(config.fields, (name) => `${type.name}.${name}`);
      return Object.fromEntries(kept.map(([name, field]) => [name, { ...field, type: copy(field.type) }]));
    };
    return new GraphQLInputObjectType({ ...config, fields });
  }

  function copyAny(type: GraphQLType): GraphQLType {
    if (isNonNullType(type)) return new GraphQLNonNull(copy(type.ofType));
    if (isListType(type)) return new GraphQLList(copy(type.ofType));
    const copied = known.get(type.name) ?? copyNamed(type);
    known.set(type.name, copied);
    return copied;
  }

  function copy<T extends GraphQLType>(type: T): T;
  function copy(type: GraphQLType): GraphQLType {
    return copyAny(type);
  }

  return {
    get: copy,
    ofDirective(directive) {
      const config = directive.toConfig();
      const args = Object.entries(config.args).filter(([, { type }]) => !hidden.has(getNamedType(type).name));
      const copied = args.map(([name, argument]) => [name, { ...argument, type: copy(argument.type) }] as const);
      return new GraphQLDirective({ ...config, args: Object.fromEntries(copied) });
    },
  };
}
