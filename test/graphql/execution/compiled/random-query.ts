import {
  type GraphQLCompositeType,
  type GraphQLSchema,
  type GraphQLUnionType,
  getNamedType,
  isCompositeType,
  isObjectType,
  isUnionType,
} from 'graphql';
import { hashOf, type Random } from './random.js';
import type { Weather } from './random-values.js';

/** A query on a schema of `randomSchema`, mostly a valid one, and its variables. */
export function randomQuery(
  random: Random,
  schema: GraphQLSchema,
  { timing }: Weather,
): { source: string; variables: Record<string, unknown> } {
  const fragments: string[] = [];
  const query = schema.getQueryType();
  if (!query) throw new TypeError('a schema without queries');
  const body = selectionSet(query, 4);
  const text = [body, ...fragments].join('\n');
  const used = VARIABLES.filter(({ name }) => new RegExp(`\\$${name}\\b`).test(text));
  const definitions = used.map(({ name, type }) => `$${name}: ${type}`).join(', ');
  const given = used.map(({ name, values }) => [name, random.pick<unknown>(values)]);
  return {
    source: `query Q${definitions && `(${definitions})`} ${text}`,
    variables: Object.fromEntries(given.filter(([, value]) => value !== ABSENT)),
  };

  function selectionSet(type: GraphQLCompositeType, depth: number): string {
    const count = 2 + random.below(5);
    return `{ ${[...Array(count).keys()].map(() => selection(type, depth)).join(' ')} }`;
  }

  function selection(type: GraphQLCompositeType, depth: number): string {
    if (random.chance(10)) return `__typename${directive()}`;
    if (random.chance(20) && depth > 0) return inlineFragment(type, depth);
    if (random.chance(10) && depth > 0) return spread(type, depth);
    return isUnionType(type) ? '__typename' : fieldOf(type, depth);
  }

  function fieldOf(type: Exclude<GraphQLCompositeType, GraphQLUnionType>, depth: number): string {
    const field = random.pick(Object.values(type.getFields()));
    const named = getNamedType(field.type);
    if (isCompositeType(named) && depth === 0) return '__typename';
    const given = field.args.length > 0 ? randomArguments() : '';
    const alias = given || random.chance(10) ? `${field.name}_${hashOf(0, given) % 1000}: ` : '';
    return `${alias}${field.name}${given}${directive()} ${isCompositeType(named) ? selectionSet(named, depth - 1) : ''}`;
  }

  function inlineFragment(type: GraphQLCompositeType, depth: number): string {
    if (random.chance(30)) return `...${directive()} ${selectionSet(type, depth - 1)}`;
    const condition = narrower(type);
    return `... on ${condition.name}${directive()} ${selectionSet(condition, depth - 1)}`;
  }

  function spread(type: GraphQLCompositeType, depth: number): string {
    const condition = narrower(type);
    const name = `F${fragments.length}`;
    fragments.push('');
    fragments[Number(name.slice(1))] = `fragment ${name} on ${condition.name} ${selectionSet(condition, depth - 1)}`;
    return `...${name}${directive()}${random.chance(30) ? ` ...${name}` : ''}`;
  }

  function narrower(type: GraphQLCompositeType): GraphQLCompositeType {
    if (isObjectType(type)) return random.pick([type, ...type.getInterfaces()]);
    return random.pick([type, ...schema.getPossibleTypes(type)]);
  }

  function directive(): string {
    if (random.chance(92)) return '';
    const condition = random.pick(['true', 'false', '$yes', '$no', '$flag']);
    return ` @${random.pick(['skip', 'include'])}(if: ${condition})`;
  }

  function randomArguments(): string {
    const choices = [
      `count: ${random.pick(['1', 'null', '$count', '$some'])}`,
      `needed: ${random.pick(['2', '$must', timing === 'sync' ? '$count' : '$must'])}`,
      `color: ${random.pick(['RED', 'GREEN', '$color'])}`,
      `filter: ${random.pick(['{ min: 1 }', '{}', '{ tags: [$tag, "b"] }', '{ min: $count, tags: "one" }'])}`,
    ];
    const given = choices.filter(() => random.chance(40));
    return given.length > 0 ? `(${given.join(', ')})` : '';
  }
}

const ABSENT = Symbol('absent');

/** Every variable a query may use. */
const VARIABLES: readonly { readonly name: string; readonly type: string; readonly values: readonly unknown[] }[] = [
  { name: 'yes', type: 'Boolean!', values: [true] },
  { name: 'no', type: 'Boolean!', values: [false] },
  { name: 'flag', type: 'Boolean = true', values: [true, false, null, ABSENT] },
  { name: 'count', type: 'Int = 5', values: [1, 2, null, ABSENT, 'not a number'] },
  { name: 'some', type: 'Int', values: [1, null, ABSENT] },
  { name: 'must', type: 'Int!', values: [4] },
  { name: 'color', type: 'Color', values: ['RED', ABSENT] },
  { name: 'tag', type: 'String', values: ['a', null, ABSENT] },
];
