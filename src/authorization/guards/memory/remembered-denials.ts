import type { FieldNode } from 'graphql';
import { isObject } from '../../../values/is-object.js';
import { type Denial, type DenialWording, toDenialError } from '../../decisions/denial.js';
import { undecidedError } from '../../decisions/undecided.js';
import { AUTHORIZATION_LIMITS } from '../../limits.js';
import type { ElementRequirement } from '../../requirements/requirement-table.js';
import type { MaybePromise } from '../handled-promise.js';
import type { ResolverCall } from '../resolver-call.js';
import type { DeniedCall } from './decisions-by-place.js';
import { createExecutionMemory } from './execution-memory.js';

type Found = MaybePromise<Denial | undefined>;

/**
 * Remembers the decisions of policies and their errors, for the time of an execution. With aliases, a few bytes of a query
 * repeat a field for each of a thousand objects. So a policy is asked once for each object and not for each alias.
 */
export interface RememberedDenials<TContext> {
  /**
   * Returns the denial of a call. It is the one that was found before for the same object, elements and arguments, otherwise
   * that of `find`.
   */
  recall(call: ResolverCall<TContext>, elements: readonly ElementRequirement[], find: () => Found): Found;
  /**
   * Returns the error of a denial for this call. The denial may have been found for another alias. The text is made once for
   * all items of the lists around it.
   */
  word(denial: Denial, call: ResolverCall<TContext>): DeniedCall;
}

export function rememberDenials<TContext>(wording: DenialWording): RememberedDenials<TContext> {
  const found = createExecutionMemory<{ readonly found: Found }>();
  const errors = new WeakMap<readonly FieldNode[], Map<string, Error>>();
  const textOfPlace = rememberPlaces();
  const textOfDenial = rememberText(({ coordinate, code, missing }: Denial) =>
    JSON.stringify([coordinate, code, missing]),
  );

  return {
    recall(call, elements, find) {
      const { parentType, schema, fieldName } = call.info;
      const given = argumentsKey(call.args);
      // The fields of a mutation run one after the other, and each may change what a policy sees.
      if (given === undefined || parentType === schema.getMutationType()) return find();
      const place = textOfPlace(parentType.name, fieldName, elements);
      const typeName = given.length > 0 ? `${place} ${JSON.stringify(given)}` : place;
      return found.recall(call, { typeName, value: call.parent }, () => ({ found: find() })).found;
    },
    word(found, { path, info: { fieldNodes } }) {
      const denial = { ...found, path };
      const undecided = undecidedError(denial, fieldNodes);
      if (undecided) return { denial, error: undecided, isUndecided: true };
      const known = errors.get(fieldNodes) ?? new Map<string, Error>();
      errors.set(fieldNodes, known);
      const key = textOfDenial(found);
      const worded = known.get(key);
      const error = worded ? withPath(worded, path) : toDenialError(denial, wording, fieldNodes);
      if (!worded) known.set(key, error);
      return denial.code === 'SERVICE_UNAVAILABLE' ? { denial, error, isUndecided: true } : { denial, error };
    },
  };
}

/** Returns an error that inherits all but the path, because constructing a new one takes longer than the rest of a denial. */
export function withPath(error: Error, path: Denial['path']): Error {
  return Object.assign(Object.create(error), { path });
}

/**
 * Remembers the text of a field with its elements. Making it for each item of a list would take longer than many policies:
 * a new text has to be read from end to end before a map can look it up.
 */
function rememberPlaces(): (typeName: string, fieldName: string, elements: readonly ElementRequirement[]) => string {
  const known = new WeakMap<readonly ElementRequirement[], { typeName: string; fieldName: string; text: string }>();
  return (typeName, fieldName, elements) => {
    const last = known.get(elements);
    if (last?.typeName === typeName && last.fieldName === fieldName) return last.text;
    const needed = elements.map(({ coordinate, requirement }) => `${coordinate} ${requirement}`).join();
    const text = `${typeName}.${fieldName} ${needed}`;
    known.set(elements, { typeName, fieldName, text });
    return text;
  };
}

/** Remembers the text of each object, because aliases need the same one thousands of times. */
function rememberText<T extends object>(make: (of: T) => string): (of: T) => string {
  const known = new WeakMap<T, string>();
  return (of) => {
    const text = known.get(of) ?? make(of);
    known.set(of, text);
    return text;
  };
}

const MAX_TEXT = AUTHORIZATION_LIMITS.comparedTextLength.default;

/** Returns a text that is the same for equal arguments; undefined where they are too long or not single values. */
function argumentsKey(args: Readonly<Record<string, unknown>>): readonly string[] | undefined {
  const key: string[] = [];
  for (const [name, value] of Object.entries(args)) {
    if (isObject(value) || typeof value === 'function') return undefined;
    const text = String(value);
    if (text.length > MAX_TEXT) return undefined;
    key.push(name, typeof value, text);
  }
  return key;
}
