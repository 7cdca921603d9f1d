import type { ResponsePath } from 'graphql';
import { isPromise } from '../../../values/is-promise.js';
import { keyBytes } from '../answer-budget.js';
import type { CompiledField } from './compiled-field.js';
import type { Run } from './run.js';

type Results = Record<string, unknown>;

/** The selection on objects of one type. Made by {@link toSelection}. */
export interface Selection {
  readonly fields: readonly CompiledField[];
  /** The response for one object, still with a null for each field. */
  readonly blank: Readonly<Results>;
  /** The least bytes of the response for one object. */
  readonly bytes: number;
}

/** @param fields in the order of the response */
export function toSelection(fields: readonly CompiledField[]): Selection {
  const blank = Object.fromEntries(fields.map(({ key }) => [key, null]));
  // Copies of an object that was parsed are smaller, and written to and turned into JSON faster, than one put together.
  const bytes = fields.reduce((sum, { key }) => sum + keyBytes(key), 0);
  return { fields, blank: JSON.parse(JSON.stringify(blank)), bytes };
}

/**
 * Returns the part of the response for one object, or a promise of it. Throws or rejects when a field that must not be null
 * failed, after all its other fields have settled.
 */
export function executeFields(
  { fields, blank, bytes }: Selection,
  source: unknown,
  path: ResponsePath | undefined,
  run: Run,
): Results | Promise<Results> {
  const results: Results = { ...blank };
  run.budget.left -= bytes;
  const denials = run.denialsOf?.(fields);
  let pending: string[] | undefined;
  try {
    let index = 0;
    for (const field of fields) {
      const denial = denials?.[index];
      index += 1;
      const result = denial ? field.deny(denial, path, run) : field.execute(source, path, run);
      results[field.key] = result;
      if (typeof result === 'object' && isPromise(result)) {
        pending ??= [];
        pending.push(field.key);
      }
    }
  } catch (error) {
    if (!pending) throw error;
    return settle(results, pending).finally(() => {
      throw error;
    });
  }
  return pending ? settle(results, pending) : results;
}

/** @param pending keys of the results to wait for. `Promise.all` makes promises of the others too, most of an object's */
async function settle(results: Results, pending: readonly string[]): Promise<Results> {
  const values = await Promise.all(pending.map((key) => results[key]));
  pending.forEach((key, index) => {
    results[key] = values[index];
  });
  return results;
}
