import { type ASTNode, locatedError, type ResponsePath, responsePathAsArray } from 'graphql';
import { isPromise } from '../../../values/is-promise.js';
import { withinErrors } from '../left-out-errors.js';
import type { Run } from './run.js';

/** Turns the result of a resolver into the value of the response, or a promise of it. Throws, or rejects, when it cannot. */
export type Complete = (value: unknown, path: ResponsePath, run: Run) => unknown;

/** A place in the response that holds one value: a field or the items of a list. */
export interface Position {
  readonly nodes: readonly ASTNode[];
  readonly isNullable: boolean;
  readonly complete: Complete;
}

/** Completes a value or a promise at its position. A failure becomes null where null is allowed. */
export function completeAt(position: Position, value: unknown, path: ResponsePath, run: Run): unknown {
  try {
    const completed = isPromise(value)
      ? value.then((resolved) => position.complete(resolved, path, run))
      : position.complete(value, path, run);
    if (!isPromise(completed)) return completed;
    return completed.then(undefined, (error: unknown) => failAt(position, error, path, run));
  } catch (error) {
    return failAt(position, error, path, run);
  }
}

/** Returns null and notes the error. Where null is not allowed, throws it for the next position above that allows null. */
export function failAt(position: Position, error: unknown, path: ResponsePath, run: Run): null {
  const located = locatedError(withinErrors(error, run.budget), position.nodes, responsePathAsArray(path));
  if (!position.isNullable) throw located;
  run.failures.add(located, path);
  return null;
}
