import type { FieldNode } from 'graphql';
import { type Denial, type DenialWording, toGraphQLError } from '../decisions/denial.js';
import { undecidedError } from '../decisions/undecided.js';
import type { ElementRequirement } from '../requirements/requirement-table.js';
import { createExecutionMemory } from './execution-memory.js';
import type { ResolverCall } from './guard-engine.js';
import type { Judgement } from './judgements-by-place.js';

type Found = Promise<Denial | undefined>;

/**
 * Remembers what policies decided, and the errors that say so, for the time of an execution. Aliases repeat a field of each of
 * a thousand objects in a few bytes, so a policy is asked once for each object and not for each alias.
 */
export interface RememberedDenials<TContext> {
  /** Returns the denial of a call, found before for the same object, elements and arguments or found now. */
  recall(call: ResolverCall<TContext>, elements: readonly ElementRequirement[], find: () => Found): Found;
  /** Words a denial for its place in the query, once for all items of the lists around it. */
  word(denial: Denial, call: ResolverCall<TContext>): Judgement;
}

/** Creates the memory of one schema. */
export function rememberDenials<TContext>(wording: DenialWording): RememberedDenials<TContext> {
  const found = createExecutionMemory<Found>();
  const errors = new WeakMap<readonly FieldNode[], Map<string, Error>>();

  return {
    recall(call, elements, find) {
      const { parentType, schema, fieldName } = call.info;
      const given = argumentsKey(call.args);
      // The fields of a mutation run one after the other, and each may change what a policy sees.
      if (given === undefined || parentType === schema.getMutationType()) return find();
      const asked = elements.map(({ coordinate, requirement }) => `${coordinate} ${requirement}`);
      const typeName = JSON.stringify([parentType.name, fieldName, asked, given]);
      return found.recall(call, { typeName, value: call.parent }, find);
    },
    word(denial, { info: { fieldNodes } }) {
      const undecided = undecidedError(denial, fieldNodes);
      if (undecided) return { denial, error: undecided, isUndecided: true };
      const known = errors.get(fieldNodes) ?? new Map<string, Error>();
      errors.set(fieldNodes, known);
      const { coordinate, code, missing, path } = denial;
      const key = JSON.stringify([coordinate, code, missing]);
      const worded = known.get(key);
      if (worded) return { denial, error: withPath(worded, path) };
      const error = toGraphQLError(denial, wording, fieldNodes);
      known.set(key, error);
      return { denial, error };
    },
  };
}

/** Borrows all but the path of an error: to construct one takes longer than all the rest of a denial. */
export function withPath(error: Error, path: Denial['path']): Error {
  return Object.create(error, { path: { value: path, enumerable: true } });
}

/** Longer texts are not compared: they would make each alias cost as much as its arguments are long. */
const MAX_TEXT = 100;

/** Returns a text that is the same for equal arguments; undefined where they are too long or not single values. */
function argumentsKey(args: Readonly<Record<string, unknown>>): readonly string[] | undefined {
  const key: string[] = [];
  for (const [name, value] of Object.entries(args)) {
    if ((typeof value === 'object' && value !== null) || typeof value === 'function') return undefined;
    const text = String(value);
    if (text.length > MAX_TEXT) return undefined;
    key.push(name, typeof value, text);
  }
  return key;
}
