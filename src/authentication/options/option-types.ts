import { parseGuid } from '../guid.js';
import { isJsonObject } from '../json-object.js';
import { AUTHENTICATION_LIMITS } from '../limits.js';
import type { AuthenticationOptions } from './authentication-options.js';
import { callback, checkOptions, flag, type OptionType, objectWith, text, whole } from './check-options.js';

const texts: OptionType = {
  expected: 'an array of non-empty strings',
  // Spread, because `every` skips the holes of an array.
  fits: (value) => Array.isArray(value) && [...value].every((entry) => typeof entry === 'string' && entry !== ''),
};

const requiredClaims: OptionType = {
  expected:
    'an object with 1 to 20 names of claims, each with an array of accepted values, which are non-empty strings',
  fits(value) {
    if (!isJsonObject(value)) return false;
    const claims = Object.entries(value);
    const isClaim = ([name, accepted]: [string, unknown]) =>
      /^[\w.:/-]{1,100}$/.test(name) && Array.isArray(accepted) && accepted.length > 0 && texts.fits(accepted);
    return claims.length > 0 && claims.length <= 20 && claims.every(isClaim);
  },
};

const groupRoles: OptionType = {
  expected: 'an object with 1 to 100 ids of groups, GUIDs, each once and with 1 to 20 names of roles',
  fits(value) {
    if (!isJsonObject(value)) return false;
    const groups = Object.entries(value);
    const isGroup = ([, roles]: [string, unknown]) =>
      Array.isArray(roles) && roles.length > 0 && roles.length <= 20 && texts.fits(roles);
    const ids = new Set(groups.map(([group]) => parseGuid(group)));
    return (
      groups.length > 0 &&
      groups.length <= 100 &&
      ids.size === groups.length &&
      !ids.has(undefined) &&
      groups.every(isGroup)
    );
  },
};

const OPTION_TYPES: Readonly<Record<keyof AuthenticationOptions, OptionType>> = {
  tenantId: text,
  clientId: text,
  audiences: texts,
  instance: text,
  allowedTenants: {
    expected: `"any" or ${texts.expected}`,
    fits: (value) => value === 'any' || texts.fits(value),
  },
  isTenantAllowed: callback,
  allowedClients: texts,
  acceptV1Tokens: flag,
  clockToleranceSeconds: whole(0, 300),
  clientsWithoutPermissions: texts,
  requiredClaims,
  groupRoles,
  lookUpGroups: callback,
  appSpecificSigningKeys: flag,
  authorities: {
    expected: 'an array of 1 to 10 objects',
    fits: (value) =>
      Array.isArray(value) &&
      value.length > 0 &&
      value.length <= 10 &&
      value.every((one) => typeof one === 'object' && one !== null),
  },
  revocations: objectWith('revokedBefore'),
  unknownRevocations: {
    expected: "'served' or 'refused'",
    fits: (value) => value === 'served' || value === 'refused',
  },
  verifiedTokenCacheSize: whole(...AUTHENTICATION_LIMITS.verifiedTokens.range),
  verifiedTokenCacheBytes: whole(...AUTHENTICATION_LIMITS.verifiedTokenCacheBytes.range),
  requestTimeoutMs: whole(1, 60_000),
  now: callback,
  fetch: callback,
  schedule: callback,
  random: callback,
  logger: objectWith('info', 'warn', 'error'),
  logRefusals: flag,
};

/**
 * Checks what TypeScript would, for callers who have none or pass on what they read from the environment: there,
 * `acceptV1Tokens: 'false'` would accept them, and `allowedClients: ''` or a misspelt name would let any client in. Only
 * undefined stands for the default.
 *
 * @throws TypeError that names the option
 */
export function checkOptionTypes(options: AuthenticationOptions): void {
  checkOptions(options, OPTION_TYPES);
}
