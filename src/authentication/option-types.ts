import type { AuthenticationOptions } from './authentication-options.js';

interface OptionType {
  /** To follow the words "must be". */
  readonly expected: string;
  fits(value: unknown): boolean;
}

const text: OptionType = { expected: 'a string', fits: isText };
const flag: OptionType = { expected: 'true or false', fits: (value) => typeof value === 'boolean' };
const callback: OptionType = { expected: 'a function', fits: isFunction };
const texts: OptionType = {
  expected: 'an array of non-empty strings',
  // Spread, because `every` skips the holes of an array.
  fits: (value) => Array.isArray(value) && [...value].every((entry) => isText(entry) && entry !== ''),
};
const logger: OptionType = {
  expected: 'an object with the functions info, warn and error',
  fits: (value) =>
    typeof value === 'object' &&
    value !== null &&
    ['info', 'warn', 'error'].every((name) => isFunction(Reflect.get(value, name))),
};
const whole = (from: number, to: number): OptionType => ({
  expected: `a whole number from ${from} to ${to}`,
  fits: (value) => typeof value === 'number' && Number.isInteger(value) && value >= from && value <= to,
});

const OPTION_TYPES: Readonly<Record<keyof AuthenticationOptions, OptionType>> = {
  tenantId: text,
  clientId: text,
  audiences: texts,
  instance: text,
  allowedTenants: texts,
  allowedClients: texts,
  acceptV1Tokens: flag,
  clockToleranceSeconds: whole(0, 300),
  clientsWithoutPermissions: texts,
  appSpecificSigningKeys: flag,
  verifiedTokenCacheSize: whole(0, 1_000_000),
  requestTimeoutMs: whole(1, 60_000),
  now: callback,
  fetch: callback,
  schedule: callback,
  random: callback,
  logger,
};

/**
 * Checks what TypeScript would, for callers who have none or pass on what they read from the environment: there,
 * `acceptV1Tokens: 'false'` would accept them, and `allowedClients: ''` or a misspelt name would let any client in. Only
 * undefined stands for the default.
 *
 * @throws TypeError that names the option
 */
export function checkOptionTypes(options: AuthenticationOptions): void {
  if (typeof options !== 'object' || options === null) throw new TypeError('options must be an object');
  const known = Object.keys(OPTION_TYPES);
  const unknown = Object.keys(options).find((name) => !known.includes(name));
  if (unknown !== undefined) {
    throw new TypeError(`${unknown}: no such option; the options are ${known.join(', ')}`);
  }
  for (const [name, { expected, fits }] of Object.entries(OPTION_TYPES)) {
    const value: unknown = Reflect.get(options, name);
    if (value !== undefined && !fits(value)) throw new TypeError(`${name} must be ${expected}`);
  }
}

function isText(value: unknown): value is string {
  return typeof value === 'string';
}

function isFunction(value: unknown): boolean {
  return typeof value === 'function';
}
