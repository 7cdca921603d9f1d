import { isObject } from '../../values/is-object.js';
import { findNearest } from './nearest-name.js';

/** Requirement for the value of an option. */
export interface OptionType {
  /** Text that follows "must be". */
  readonly expected: string;
  fits(value: unknown): boolean;
}

export const flag: OptionType = { expected: 'true or false', fits: (value) => typeof value === 'boolean' };
export const callback: OptionType = { expected: 'a function', fits: isFunction };
export const object: OptionType = {
  expected: 'an object',
  fits: isObject,
};
export const text: OptionType = { expected: 'a string', fits: (value) => typeof value === 'string' };
export const whole = (from: number, to: number): OptionType => ({
  expected: `a whole number from ${from} to ${to}`,
  fits: (value) => typeof value === 'number' && Number.isInteger(value) && value >= from && value <= to,
});
/** An address that goes into a header. URL parsers drop line breaks and a header would lose quotes. */
export const webAddress: OptionType = {
  expected: 'a string with an absolute https or http address, percent-encoded where it needs it',
  fits: (value) =>
    typeof value === 'string' &&
    /^https?:\/\/[\x21\x23-\x3b\x3d\x3f-\x5b\x5d\x5f\x61-\x7a\x7e]+$/i.test(value) &&
    URL.canParse(value),
};
export const objectWith = (...functions: readonly string[]): OptionType => ({
  expected: `an object with ${functions.length === 1 ? 'the function' : 'the functions'} ${joinAnd(functions)}`,
  fits: (value) => isObject(value) && functions.every((name) => isFunction(Reflect.get(value, name))),
});

/**
 * Checks the types of options for callers without TypeScript, or with values from the environment. A misspelt option would
 * otherwise be ignored, and its protection with it. Only undefined stands for the default.
 *
 * @param required names of options that have no default
 * @throws TypeError that names the option, and for an unknown one the option that was probably meant
 */
export function checkOptions(
  options: unknown,
  types: Readonly<Record<string, OptionType>>,
  required: readonly string[] = [],
): void {
  if (typeof options !== 'object' || options === null) throw new TypeError('options must be an object');
  const known = Object.keys(types);
  const unknown = Object.keys(options).find((name) => !known.includes(name));
  if (unknown !== undefined) {
    const nearest = findNearest(unknown, known);
    const meant = nearest === undefined ? '' : ` Did you mean ${nearest}?`;
    throw new TypeError(`${unknown}: no such option.${meant} The options are ${known.join(', ')}`);
  }
  for (const [name, { expected, fits }] of Object.entries(types)) {
    const value: unknown = Reflect.get(options, name);
    if (value === undefined && required.includes(name)) throw new TypeError(`${name} is required: ${expected}`);
    if (value !== undefined && !fits(value)) throw new TypeError(`${name} must be ${expected}`);
  }
}

function isFunction(value: unknown): boolean {
  return typeof value === 'function';
}

function joinAnd(names: readonly string[]): string {
  return names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;
}
