import { isJsonObject, isObject } from '../../values/is-object.js';
import { parseGuid } from '../guid.js';
import { AUTHENTICATION_LIMITS } from '../limits.js';
import type { AuthenticationOptions } from './authentication-options.js';
import { callback, checkOptions, flag, type OptionType, objectWith, text, whole } from './check-options.js';
import { CLAIM_NAME, formatRange, isWithin, OPTION_RANGES } from './option-ranges.js';

const texts: OptionType = {
  expected: 'an array of non-empty strings',
  // Spread first, because `every` skips the holes of an array.
  fits: (value) => Array.isArray(value) && [...value].every((entry) => typeof entry === 'string' && entry !== ''),
};

const requiredClaims: OptionType = {
  expected: `an object with ${formatRange(OPTION_RANGES.requiredClaims)} names of claims, each with an array of accepted values, which are non-empty strings`,
  fits(value) {
    if (!isJsonObject(value)) return false;
    const claims = Object.entries(value);
    const isClaim = ([name, accepted]: [string, unknown]) =>
      CLAIM_NAME.test(name) && Array.isArray(accepted) && accepted.length > 0 && texts.fits(accepted);
    return isWithin(OPTION_RANGES.requiredClaims, claims.length) && claims.every(isClaim);
  },
};

const groupRoles: OptionType = {
  expected: `an object with ${formatRange(OPTION_RANGES.groups)} ids of groups, GUIDs, each once and with ${formatRange(OPTION_RANGES.rolesOfGroup)} names of roles`,
  fits(value) {
    if (!isJsonObject(value)) return false;
    const groups = Object.entries(value);
    const isGroup = ([, roles]: [string, unknown]) =>
      Array.isArray(roles) && isWithin(OPTION_RANGES.rolesOfGroup, roles.length) && texts.fits(roles);
    const ids = new Set(groups.map(([group]) => parseGuid(group)));
    return (
      isWithin(OPTION_RANGES.groups, groups.length) &&
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
  clockToleranceSeconds: whole(...OPTION_RANGES.clockToleranceSeconds),
  clientsWithoutPermissions: texts,
  requiredClaims,
  groupRoles,
  lookUpGroups: callback,
  appSpecificSigningKeys: flag,
  authorities: {
    expected: `an array of ${formatRange(OPTION_RANGES.authorities)} objects`,
    fits: (value) => Array.isArray(value) && isWithin(OPTION_RANGES.authorities, value.length) && value.every(isObject),
  },
  revocations: objectWith('revokedBefore'),
  unknownRevocations: {
    expected: "'served' or 'refused'",
    fits: (value) => value === 'served' || value === 'refused',
  },
  verifiedTokenCacheSize: whole(...AUTHENTICATION_LIMITS.verifiedTokens.range),
  verifiedTokenCacheBytes: whole(...OPTION_RANGES.verifiedTokenCacheBytes),
  requestTimeoutMs: whole(1, 60_000),
  now: callback,
  fetch: callback,
  schedule: callback,
  random: callback,
  logger: objectWith('info', 'warn', 'error'),
  logRefusals: flag,
};

/**
 * Checks the types of options for callers without TypeScript, or with values from the environment. Otherwise
 * `acceptV1Tokens: 'false'` would accept v1.0 tokens, and `allowedClients: ''` or a misspelt name would let any client in.
 * Only undefined stands for the default.
 *
 * @throws TypeError that names the option
 */
export function checkOptionTypes(options: AuthenticationOptions): void {
  checkOptions(options, OPTION_TYPES);
}
