import { setImmediate } from 'node:timers/promises';
import {
  GraphQLError,
  type GraphQLLeafType,
  type GraphQLObjectType,
  type GraphQLOutputType,
  type GraphQLSchema,
  getNamedType,
  getNullableType,
  isAbstractType,
  isLeafType,
  isListType,
  isNonNullType,
} from 'graphql';
import { hashOf } from './random.js';

/** How much goes wrong in the resolvers of a schema, and whether anything takes time. */
export interface Weather {
  /** The number of errors, misplaced nulls or wrong kinds in 100 values. */
  readonly trouble: number;
  /** `async`: values may be promises, which settle in any order. */
  readonly timing: 'sync' | 'async';
}

/** The log in which resolvers and methods note that they ran. */
export interface Calls {
  readonly calls: string[];
}

/** The parts of an object of the schema. The values of its fields follow from the seed alone. */
export class Thing {
  constructor(
    readonly type: string,
    readonly seed: number,
  ) {}
}

/** Values for the fields of a schema: mostly right ones. The same seed gives the same value. */
export function randomValue(
  type: GraphQLOutputType,
  seed: number,
  world: { schema: GraphQLSchema; weather: Weather },
): unknown {
  const { weather } = world;
  const isTrouble = hashOf(seed, 'trouble') % 100 < weather.trouble;
  const give = () => (isTrouble ? troubleFor(type) : goodValue(type));
  const isAtOnce = weather.timing === 'sync' || hashOf(seed, 'promise') % 3 > 0;
  return isAtOnce ? give() : later(give, seed);

  /** Often the value of an item, or a list of it, where the other is expected. */
  function troubleFor(wanted: GraphQLOutputType): unknown {
    const named = getNamedType(wanted);
    if (!isLeafType(named) || hashOf(seed, 'kind') % 3 > 0) return trouble(seed);
    return isListType(getNullableType(wanted)) ? leaf(named, seed) : [leaf(named, seed)];
  }

  function goodValue(wanted: GraphQLOutputType): unknown {
    if (isNonNullType(wanted)) return goodValue(wanted.ofType);
    if (isListType(wanted)) return list(wanted.ofType);
    if (isLeafType(wanted)) return leaf(wanted, seed);
    if (!isAbstractType(wanted)) return thing(wanted);
    const possible = world.schema.getPossibleTypes(wanted);
    const chosen = possible[hashOf(seed, 'type') % possible.length];
    return chosen ? thing(chosen) : null;
  }

  function list(itemType: GraphQLOutputType): unknown {
    const items = [...Array(hashOf(seed, 'length') % 4).keys()].map((index) => {
      try {
        return randomValue(itemType, hashOf(seed, `${index}`), world);
      } catch (error) {
        return error instanceof Error ? error : null;
      }
    });
    return hashOf(seed, 'set') % 4 === 0 ? new Set(items) : items;
  }

  /** Fields without a resolver are getters, so that what they give is made when it is asked for, or methods. */
  function thing(wanted: GraphQLObjectType): Thing {
    const made = new Thing(wanted.name, seed);
    // Without it, `isTypeOf` of the types is asked.
    if (!wanted.isTypeOf || seed % 2 === 0) Object.defineProperty(made, '__typename', { value: wanted.name });
    for (const { name, resolve, type: fieldType } of Object.values(wanted.getFields())) {
      if (resolve) continue;
      const give = () => randomValue(fieldType, hashOf(seed, name), world);
      const method = (given: object, { calls }: Calls) => {
        calls.push(JSON.stringify([wanted.name, name, given]));
        return give();
      };
      const isMethod = hashOf(seed, name, 'method') % 5 === 0;
      Object.defineProperty(made, name, isMethod ? { value: method } : { get: give });
    }
    return made;
  }
}

/** A promise, or something like one, after so many ticks or a turn of the event loop. */
function later(give: () => unknown, seed: number): PromiseLike<unknown> {
  const settled = wait(hashOf(seed, 'ticks') % 6).then(give);
  if (hashOf(seed, 'thenable') % 4 > 0) return settled;
  // biome-ignore lint/suspicious/noThenProperty: graphql-js waits for whatever has it
  return { then: (...reactions) => settled.then(...reactions) };
}

async function wait(ticks: number): Promise<void> {
  if (ticks === 5) await setImmediate();
  else for (let tick = 0; tick < ticks; tick += 1) await undefined;
}

function leaf({ name }: GraphQLLeafType, seed: number): unknown {
  switch (name) {
    case 'String':
      return `text ${seed}`;
    case 'Int':
      return seed % 1000;
    case 'Float':
      return seed / 7;
    case 'Boolean':
      return seed % 2 === 0;
    case 'ID':
      return seed % 2 === 0 ? seed : `id ${seed}`;
    case 'Color':
      return [1, 'GREEN', 'b'][seed % 3];
    default:
      return [`odd ${seed}`, { nested: [seed] }, seed, true][seed % 4];
  }
}

/** @throws in some cases; in others it is what it gives that is wrong */
function trouble(seed: number): unknown {
  switch (hashOf(seed, 'kind') % 12) {
    case 0:
      throw new Error('thrown');
    case 1:
      throw new GraphQLError('meant', { extensions: { code: 'MEANT', http: { status: 418 } } });
    case 2:
      throw new GraphQLError('located', { path: ['elsewhere'], extensions: { code: 'LOCATED' } });
    case 3:
      throw 'not an error';
    case 4:
      return new Error('returned');
    case 5:
      return { not: 'expected' };
    case 6:
      return 'throws';
    case 7:
      return 'null';
    case 8:
      throw new GraphQLError('frozen', { extensions: Object.freeze({ code: 'FROZEN', http: { status: 418 } }) });
    case 9:
      throw new GraphQLError('denied elsewhere', { extensions: { code: 'FORBIDDEN', authorization: {} } });
    case 10:
      throw Object.assign(new Error('of another kind'), { path: ['elsewhere'] });
    default:
      return [null, undefined, Symbol('strange'), Number.NaN, () => 'called'][seed % 5];
  }
}
