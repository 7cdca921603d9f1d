import { makeExecutableSchema } from '@graphql-tools/schema';
import type { GeneratorValue } from 'fast-check';
import fc from 'fast-check';
import { buildSchema, type GraphQLSchema } from 'graphql';
import { compileRequirements } from '../../src/authorization/rules/compile-requirements.js';
import { RequirementError } from '../../src/authorization/rules/requirement-error.js';
import { directives } from './harness.js';
import { chanceOf, type Rule, randomRule, toDirectives } from './random-rules.js';

/** Schemas of one fixed shape with random rules, so that any document fits any of them. */

export interface RandomSchema {
  /** By coordinate: `T0`, `T0.a`, `S`. */
  readonly rules: ReadonlyMap<string, Rule>;
  /** Object types of each interface. */
  readonly implementers: ReadonlyMap<string, readonly string[]>;
  readonly members: readonly string[];
  /** Named types of fields that return less than the same field elsewhere, by coordinate of an object or interface. */
  readonly narrowed: ReadonlyMap<string, string>;
  /** Answers of the policies. */
  readonly policies: Readonly<Record<string, boolean>>;
  /** Coordinates of leaves whose resolvers throw. */
  readonly failing: ReadonlySet<string>;
  /** Whether fields are open to agents that say nothing of them. */
  readonly agents: 'open' | 'closed';
  readonly sdl: string;
}

export const OBJECTS = ['T0', 'T1', 'T2'];
const INTERFACES = ['I0', 'I1'];
/** The fields that every object and interface type has, and the named types they return. */
export const FIELDS: Readonly<Record<string, string>> = {
  a: 'String',
  s: 'S',
  n: 'String!',
  o: 'T0',
  p: 'T1',
  l: '[T2]',
  i: 'I0',
  j: '[I1]',
  u: 'U',
  m: 'T1!',
  k: '[T0!]!',
};
/** Fields that return interfaces and unions, as far as no type narrows them. */
export const ABSTRACT = ['i', 'j', 'u'];
/** Fields that need no selection. */
const LEAVES = Object.keys(FIELDS).slice(0, 3);

const NAMED = /\w+/;
const declaredTypeOf = (field: string): string => NAMED.exec(FIELDS[field] ?? '')?.[0] ?? '';

/** Named type that a field returns. */
export const returnTypeOf = ({ narrowed }: Pick<RandomSchema, 'narrowed'>, type: string, field: string): string =>
  narrowed.get(`${type}.${field}`) ?? declaredTypeOf(field);

export function randomSchema(g: GeneratorValue): RandomSchema {
  const chance = chanceOf(g);
  const inI1 = OBJECTS.filter((type) => type === 'T1' || chance(40));
  const isChain = chance(40);
  const inI0 = OBJECTS.filter((type) => type === 'T0' || chance(40) || (isChain && inI1.includes(type)));
  const implementers = new Map([
    ['I0', inI0],
    ['I1', inI1],
  ]);
  const members = OBJECTS.filter((type) => type === 'T2' || chance(50));
  const narrowed = narrowSome(g, { inI0, inI1, members, isChain });
  const rules = new Map<string, Rule>();
  const addRule = (coordinate: string, percent: number, kind: 'leaf' | 'other') => {
    if (chance(percent)) rules.set(coordinate, randomRule(g, kind));
  };
  for (const type of OBJECTS) addRule(type, 30, 'other');
  addRule('S', 30, 'leaf');
  for (const root of ['Query', 'Mutation']) rules.set(root, chance(50) ? {} : randomRule(g, 'other'));
  for (const type of [...OBJECTS, 'Query', 'Mutation']) {
    for (const field of Object.keys(FIELDS)) addRule(`${type}.${field}`, 35, 'other');
  }
  // Without a rule on the root type its fields may be public, if all of them have rules.
  if (chance(50)) {
    rules.delete('Query');
    for (const field of Object.keys(FIELDS)) rules.set(`Query.${field}`, rules.get(`Query.${field}`) ?? {});
  }
  openSome(rules, { narrowed }, chance);
  const policies = { q0: chance(50), q1: chance(50) };
  const coordinates = [...OBJECTS, 'Query', 'Mutation'].flatMap((type) => LEAVES.map((field) => `${type}.${field}`));
  const failing = new Set(coordinates.filter(() => chance(15)));
  const agents: RandomSchema['agents'] = chance(25) ? 'closed' : 'open';
  const schema = { rules, implementers, members, narrowed, policies, failing, agents };
  closeSome(rules, () => toSdl(schema, isChain));
  return { ...schema, sdl: toSdl(schema, isChain) };
}

/** Lets fields return less than their interface says: an object type, or in a chain the interface that is further down. */
function narrowSome(
  g: GeneratorValue,
  of: { readonly inI0: string[]; readonly inI1: string[]; readonly members: string[]; readonly isChain: boolean },
): ReadonlyMap<string, string> {
  const chance = chanceOf(g);
  const narrowed = new Map<string, string>();
  const isDeeper = of.isChain && chance(40);
  if (isDeeper) narrowed.set('I1.i', 'I1');
  const chain = of.isChain ? ['I1'] : [];
  for (const type of OBJECTS) {
    const isBound = isDeeper && of.inI1.includes(type);
    const narrower = { i: isBound ? ['I1', ...of.inI1] : [...chain, ...of.inI0], j: of.inI1, u: of.members };
    if (isBound) narrowed.set(`${type}.i`, 'I1');
    for (const [field, types] of Object.entries(narrower)) {
      if (chance(50)) narrowed.set(`${type}.${field}`, g(fc.constantFrom, ...types));
    }
  }
  return narrowed;
}

/** `@public` where nothing else is said about the field, its type or its return type. */
function openSome(
  rules: Map<string, Rule>,
  schema: Pick<RandomSchema, 'narrowed'>,
  chance: (percent: number) => boolean,
): void {
  for (const type of [...OBJECTS, 'Query']) {
    if (rules.has(type)) continue;
    for (const field of Object.keys(FIELDS)) {
      if (!rules.has(returnTypeOf(schema, type, field)) && chance(40))
        rules.set(`${type}.${field}`, { isPublic: true });
    }
  }
}

/** Takes `@allowsApps` and `@allowsAgents` away where one would open nothing, since such a schema does not start. */
function closeSome(rules: Map<string, Rule>, sdlOf: () => string): void {
  const findUseless = (): readonly string[] => {
    try {
      compileRequirements(buildSchema(`${directives} ${sdlOf()}`));
      return [];
    } catch (error) {
      if (!(error instanceof RequirementError)) throw error;
      const useless = error.problems.filter(({ message }) => message.includes(' opens nothing'));
      return useless.map(({ coordinate }) => coordinate);
    }
  };
  // Without it an element may close others.
  for (let useless = findUseless(); useless.length > 0; useless = findUseless()) {
    for (const coordinate of useless) {
      const { apps: _, agents, ...rest } = rules.get(coordinate) ?? {};
      rules.set(coordinate, agents === 'forbidden' ? { ...rest, agents } : rest);
    }
  }
}

function toSdl(
  schema: Pick<RandomSchema, 'rules' | 'implementers' | 'members' | 'narrowed'>,
  isChain: boolean,
): string {
  const { rules, implementers, members } = schema;
  const fieldsOf = (type: string) =>
    Object.entries(FIELDS).map(([name, declared]) => {
      const returned = declared.replace(NAMED, returnTypeOf(schema, type, name));
      return `${name}: ${returned} ${toDirectives(rules.get(`${type}.${name}`))}`;
    });
  const object = (type: string) => {
    const interfaces = INTERFACES.filter((name) => implementers.get(name)?.includes(type));
    const implementing = interfaces.length > 0 ? `implements ${interfaces.join(' & ')}` : '';
    return `type ${type} ${implementing} ${toDirectives(rules.get(type))} { ${fieldsOf(type).join(' ')} }`;
  };
  const interfaceType = (type: string, more = '') => `interface ${type} ${more} { ${fieldsOf(type).join(' ')} }`;
  return [
    ...[...OBJECTS, 'Query', 'Mutation'].map(object),
    interfaceType('I0'),
    interfaceType('I1', isChain ? 'implements I0' : ''),
    `union U = ${members.join(' | ')}`,
    `scalar S ${toDirectives(rules.get('S'))}`,
  ].join('\n');
}

/** The text that a leaf of this coordinate answers with: where it appears, the field was read. */
export const canary = (type: string, field: string): string => `<${type}.${field}>`;

/** Returns the objects of a field of this name: those of its lists, or the single one. */
export function returnedObjects(
  schema: RandomSchema,
  type: string,
  field: string,
): readonly { readonly __typename: string }[] {
  const returned = returnTypeOf(schema, type, field);
  if (returned === 'String' || returned === 'S') return [];
  const candidates = returned === 'U' ? schema.members : (schema.implementers.get(returned) ?? [returned]);
  const pick = (at: number) => ({ __typename: candidates[at % candidates.length] ?? '' });
  return FIELDS[field]?.startsWith('[') ? [pick(0), pick(1)] : [pick(1)];
}

/** An executable schema in which every leaf answers with its canary, or throws it. */
export function executable(schema: RandomSchema, onResolve: () => void): GraphQLSchema {
  const answerOf = (type: string, field: string): unknown => {
    if (schema.failing.has(`${type}.${field}`)) throw new Error(canary(type, field));
    const objects = returnedObjects(schema, type, field);
    if (objects.length === 0) return canary(type, field);
    return FIELDS[field]?.startsWith('[') ? objects : objects[0];
  };
  const resolversOf = (type: string) =>
    Object.fromEntries(
      Object.keys(FIELDS).map((field) => [
        field,
        () => {
          onResolve();
          return answerOf(type, field);
        },
      ]),
    );
  const resolveType = { __resolveType: ({ __typename }: { __typename: string }) => __typename };
  return makeExecutableSchema({
    typeDefs: [directives, schema.sdl],
    resolvers: {
      ...Object.fromEntries([...OBJECTS, 'Query', 'Mutation'].map((type) => [type, resolversOf(type)])),
      I0: resolveType,
      I1: resolveType,
      U: resolveType,
    },
  });
}

/** A document with fragments of all kinds and conditions by literals and by the variables `$yes` and `$no`. */
export function randomDocument(g: GeneratorValue, schema: RandomSchema): string {
  const chance = chanceOf(g);
  const fragments: string[] = [];
  const condition = () =>
    chance(85)
      ? ''
      : `@${g(fc.constantFrom, 'skip', 'include')}(if: ${g(fc.constantFrom, 'true', 'false', '$yes', '$no')})`;
  const typesWithin = (type: string): readonly string[] => {
    const possible = type === 'U' ? schema.members : (schema.implementers.get(type) ?? [type]);
    const interfaces = INTERFACES.filter((name) => schema.implementers.get(name)?.some((of) => possible.includes(of)));
    return [type, ...possible, ...interfaces];
  };
  const fieldsOfAny = () => (chance(40) ? ABSTRACT : Object.keys(FIELDS));
  const selection = (type: string, depth: number): string => {
    if (depth > 0 && chance(25)) return fragment(type, depth - 1);
    if (type === 'U' || chance(10)) return '__typename';
    const field = g(fc.constantFrom, ...(depth > 0 ? fieldsOfAny() : LEAVES));
    const alias = chance(30) ? `${field}${g(fc.integer, { min: 0, max: 1 })}: ` : '';
    const returned = returnTypeOf(schema, type, field);
    const inside = returned === 'String' || returned === 'S' ? '' : selectionSet(returned, depth - 1);
    return `${alias}${field} ${condition()} ${inside}`;
  };
  const fragment = (type: string, depth: number): string => {
    const on = g(fc.constantFrom, ...typesWithin(type));
    const inside = selectionSet(on, depth);
    if (chance(20) && on === type) return `... ${condition()} ${inside}`;
    if (chance(60)) return `... on ${on} ${condition()} ${inside}`;
    const name = `F${fragments.length}`;
    fragments.push(`fragment ${name} on ${on} ${inside}`);
    return `...${name} ${condition()} __typename ...${name} ${condition()}`;
  };
  const selectionSet = (type: string, depth: number): string =>
    `{ ${Array.from({ length: g(fc.integer, { min: 1, max: 3 }) }, () => selection(type, depth)).join(' ')} }`;
  const operation = g(fc.constantFrom, 'query', 'query', 'mutation');
  const body = [selectionSet(operation === 'query' ? 'Query' : 'Mutation', 3), ...fragments].join(' ');
  // A variable that is not used makes a document invalid.
  const variables = ['$yes: Boolean = true', '$no: Boolean!'].filter((one) => body.includes(one.slice(0, 3)));
  return `${operation} ${variables.length > 0 ? `(${variables.join(', ')})` : ''} ${body}`;
}
