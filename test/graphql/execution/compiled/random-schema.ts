import {
  GraphQLBoolean,
  GraphQLEnumType,
  GraphQLError,
  type GraphQLFieldConfig,
  type GraphQLFieldConfigArgumentMap,
  GraphQLFloat,
  GraphQLID,
  GraphQLInputObjectType,
  GraphQLInt,
  GraphQLInterfaceType,
  GraphQLList,
  GraphQLNonNull,
  type GraphQLNullableType,
  GraphQLObjectType,
  type GraphQLOutputType,
  type GraphQLResolveInfo,
  GraphQLScalarType,
  GraphQLSchema,
  GraphQLString,
  GraphQLUnionType,
  isNonNullType,
  responsePathAsArray,
} from 'graphql';
import { hashOf, type Random } from './random.js';
import { type Calls, randomValue, Thing, type Weather } from './random-values.js';

const COLOR = new GraphQLEnumType({ name: 'Color', values: { RED: { value: 1 }, GREEN: {}, BLUE: { value: 'b' } } });

/** A scalar whose `serialize` does whatever a scalar may do. */
const ODD = new GraphQLScalarType({
  name: 'Odd',
  serialize: (value) => {
    if (value === 'throws') throw new GraphQLError('odd', { extensions: { code: 'ODD' } });
    if (value === 'null') return null;
    return typeof value === 'string' ? { text: value } : value;
  },
});

const FILTER = new GraphQLInputObjectType({
  name: 'Filter',
  fields: {
    min: { type: GraphQLInt, defaultValue: 3 },
    tags: { type: new GraphQLList(GraphQLString) },
    color: { type: COLOR },
  },
});

const ARGUMENTS: GraphQLFieldConfigArgumentMap = {
  count: { type: GraphQLInt, defaultValue: 7 },
  needed: { type: new GraphQLNonNull(GraphQLInt), defaultValue: 1 },
  filter: { type: FILTER },
  color: { type: COLOR },
};

const LEAVES = [GraphQLString, GraphQLInt, GraphQLFloat, GraphQLBoolean, GraphQLID, COLOR, ODD];

/** A schema with every kind of output type and of resolver; what they answer depends on nothing but the seeds. */
export function randomSchema(random: Random, weather: Weather): GraphQLSchema {
  const resolveType = random.pick(
    weather.timing === 'sync'
      ? [undefined, undefined, typeName, wrongTypeName]
      : [undefined, undefined, typeName, typeNameLater],
  );
  const hasIsTypeOf = random.chance(60);
  const named = new GraphQLInterfaceType({ name: 'Named', fields: { name: { type: GraphQLString } }, resolveType });
  const any: GraphQLUnionType = new GraphQLUnionType({ name: 'Any', types: () => objects, resolveType });
  const objects: GraphQLObjectType[] = [0, 1, 2].map(
    (index) =>
      new GraphQLObjectType({
        name: `Object${index}`,
        interfaces: index === 0 || random.chance(60) ? [named] : [],
        fields: () => ({ ...fields(4), name: { type: GraphQLString } }),
        ...(hasIsTypeOf && { isTypeOf: (value) => isTypeOf(value, `Object${index}`, weather) }),
      }),
  );
  const query = new GraphQLObjectType({ name: 'Query', fields: () => fields(5, 100) });
  const mutation = new GraphQLObjectType({ ...query.toConfig(), name: 'Mutation' });
  const schema = new GraphQLSchema({ query, mutation, types: objects });
  return schema;

  function fields(count: number, percentWithResolver = 50) {
    const entries = [...Array(count).keys()].map((index): [string, GraphQLFieldConfig<unknown, Calls>] => {
      const type = outputType();
      const args = random.chance(25) && { args: ARGUMENTS };
      // Of this schema, whatever copy of it runs: guards make a resolver for every field.
      const give = (seed: number) => randomValue(type, seed, { schema, weather });
      return [`f${index}`, { type, ...args, ...(random.chance(percentWithResolver) && { resolve: resolver(give) }) }];
    });
    return Object.fromEntries(entries);
  }

  function outputType(): GraphQLOutputType {
    let type: GraphQLOutputType = random.chance(40) ? random.pick(LEAVES) : random.pick([...objects, named, any]);
    for (let wrappers = random.below(3); wrappers > 0; wrappers -= 1) type = wrap(type);
    return type;
  }

  function wrap(type: GraphQLOutputType): GraphQLOutputType {
    if (isNonNullType(type) || random.chance(50)) return new GraphQLList(type);
    return new GraphQLNonNull<GraphQLNullableType & GraphQLOutputType>(type);
  }
}

function typeName(value: unknown) {
  return value instanceof Thing ? value.type : undefined;
}

async function typeNameLater(value: unknown) {
  return typeName(value);
}

function wrongTypeName(value: unknown) {
  return value instanceof Thing && value.seed % 5 === 0 ? 'Nowhere' : typeName(value);
}

function isTypeOf(value: unknown, name: string, { timing }: Weather): boolean | Promise<boolean> {
  const is = typeName(value) === name;
  return timing === 'async' && value instanceof Thing && value.seed % 3 === 0 ? Promise.resolve(is) : is;
}

function resolver(give: (seed: number) => unknown) {
  return (parent: unknown, given: object, { calls }: Calls, info: GraphQLResolveInfo) => {
    calls.push(JSON.stringify([summary(info), given]));
    const seed = parent instanceof Thing ? parent.seed : 1;
    return give(hashOf(seed, info.fieldName, JSON.stringify(given)));
  };
}

/** The parts of `info` that a resolver may read. */
function summary(info: GraphQLResolveInfo): unknown {
  const { fieldName, fieldNodes, fragments, operation, parentType, path, returnType, rootValue, variableValues } = info;
  const { typename } = path;
  const names = [
    fieldName,
    typename,
    String(returnType),
    parentType.name,
    operation.name?.value,
    Object.keys(fragments),
  ];
  return [...names, responsePathAsArray(path), fieldNodes.map(({ loc }) => loc?.start), variableValues, rootValue];
}
