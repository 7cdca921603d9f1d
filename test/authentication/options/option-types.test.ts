import { describe, expect, it } from 'vitest';
import { type AuthenticationOptions, createAuthentication } from '../../../src/authentication/authentication.js';
import { ids } from '../../support/tenant.js';

const valid: AuthenticationOptions = { tenantId: ids.tenant, clientId: ids.api };

/** As a caller without TypeScript would. */
const createWith = (change: object) => createAuthentication({ ...valid, ...change });

const texts = [
  null,
  '',
  ids.client,
  [null],
  [undefined],
  [''],
  ['api', ''],
  [7],
  new Array(1),
  new Set([ids.client]),
  {},
];
const flags = [null, 'false', 'true', '', 0, 1, {}];
const functions = [null, 5, 'fetch', {}, []];
const wrong: Record<keyof AuthenticationOptions, readonly unknown[]> = {
  tenantId: [null, 7, {}, [ids.tenant]],
  clientId: [null, 7, {}, [ids.api]],
  audiences: texts,
  instance: [null, 7, new URL('https://login.microsoftonline.com')],
  allowedTenants: [...texts, 'ANY', '*'],
  isTenantAllowed: functions,
  allowedClients: texts,
  acceptV1Tokens: flags,
  clockToleranceSeconds: [null, '60', '', -1, 301, 1.5, Number.NaN, true],
  clientsWithoutPermissions: texts,
  requiredClaims: [
    null,
    'ctry=DE',
    {},
    [],
    { ctry: 'DE' },
    { ctry: [] },
    { ctry: [''] },
    { ctry: [7] },
    { 'a b': ['x'] },
    Object.fromEntries(Array.from({ length: 21 }, (_, nth) => [`c${nth}`, ['x']])),
  ],
  groupRoles: [
    null,
    {},
    [],
    { [ids.user]: 'Finance' },
    { [ids.user]: [] },
    { [ids.user]: [''] },
    { [ids.user]: Array.from({ length: 21 }, (_, nth) => `r${nth}`) },
    { finance: ['Finance'] },
    { 'aaaaaaaa-0000-4000-8000-000000000000': ['a'], 'AAAAAAAA-0000-4000-8000-000000000000': ['b'] },
    Object.fromEntries(
      Array.from({ length: 101 }, (_, nth) => [`${String(nth).padStart(8, '0')}${ids.user.slice(8)}`, ['x']]),
    ),
  ],
  lookUpGroups: functions,
  appSpecificSigningKeys: flags,
  authorities: [null, 5, {}, [], ['x'], [null], Array.from({ length: 11 }, () => ({}))],
  revocations: [null, 5, {}, [], { revokedBefore: 5 }],
  unknownRevocations: [null, 'serve', true, ''],
  verifiedTokenCacheSize: [null, '10', -1, 1_000_001, 0.5],
  verifiedTokenCacheBytes: [null, '1MB', 0, 1_048_575, 536_870_913, 1_048_576.5],
  requestTimeoutMs: [null, '10', 0, 60_001, Number.NaN],
  now: functions,
  fetch: functions,
  schedule: functions,
  random: functions,
  logger: [null, 5, 'console', () => {}, {}, { info() {}, warn() {} }, { info() {}, warn() {}, error: 'no function' }],
  logRefusals: flags,
};
const expected: Record<keyof AuthenticationOptions, string> = {
  tenantId: 'a string',
  clientId: 'a string',
  audiences: 'an array of non-empty strings',
  instance: 'a string',
  allowedTenants: '"any" or an array of non-empty strings',
  isTenantAllowed: 'a function',
  allowedClients: 'an array of non-empty strings',
  acceptV1Tokens: 'true or false',
  clockToleranceSeconds: 'a whole number from 0 to 300',
  clientsWithoutPermissions: 'an array of non-empty strings',
  requiredClaims:
    'an object with 1 to 20 names of claims, each with an array of accepted values, which are non-empty strings',
  groupRoles: 'an object with 1 to 100 ids of groups, GUIDs, each once and with 1 to 20 names of roles',
  lookUpGroups: 'a function',
  appSpecificSigningKeys: 'true or false',
  authorities: 'an array of 1 to 10 objects',
  revocations: 'an object with the function revokedBefore',
  unknownRevocations: "'served' or 'refused'",
  verifiedTokenCacheSize: 'a whole number from 0 to 1000000',
  verifiedTokenCacheBytes: 'a whole number from 1048576 to 536870912',
  requestTimeoutMs: 'a whole number from 1 to 60000',
  now: 'a function',
  fetch: 'a function',
  schedule: 'a function',
  random: 'a function',
  logger: 'an object with the functions info, warn and error',
  logRefusals: 'true or false',
};

describe('an option of another type does not start', () => {
  const cases = Object.entries(wrong).flatMap(([name, values]) => values.map((value) => ({ name, value })));
  it.each(cases)('$name: $value', ({ name, value }) => {
    const message = `${name} must be ${expected[name as keyof AuthenticationOptions]}`;
    expect(() => createWith({ [name]: value })).toThrow(new TypeError(message));
  });
});

it.each(Object.keys(wrong).filter((name) => !(name in valid)))('%s: undefined means the default', (name) => {
  expect(() => createWith({ [name]: undefined })).not.toThrow();
});

it.each([true, false])('acceptV1Tokens and appSpecificSigningKeys: %j starts', (value) => {
  expect(() => createWith({ acceptV1Tokens: value, appSpecificSigningKeys: value })).not.toThrow();
});

it('the console is a logger', () => {
  expect(() => createWith({ logger: console })).not.toThrow();
});

it('a misspelt option, which would leave a restriction off, does not start', () => {
  expect(() => createWith({ allowedClient: [ids.client] })).toThrow(
    new TypeError(
      `allowedClient: no such option. Did you mean allowedClients? The options are ${Object.keys(expected).join(', ')}`,
    ),
  );
});

it('an option that is inherited is checked as well', () => {
  const options = Object.assign(Object.create({ acceptV1Tokens: 'false' }), valid);
  expect(() => createAuthentication(options)).toThrow(new TypeError('acceptV1Tokens must be true or false'));
});

it.each([undefined, null, 'options'])('options that are %j do not start', (options) => {
  expect(() => createAuthentication(options as never)).toThrow(new TypeError('options must be an object'));
});

it('an option that is like none has no suggestion', () => {
  expect(() => createWith({ colour: 'red' })).toThrow(/^colour: no such option\. The options are /);
  expect(() => createWith({ ['allowedClients'.repeat(100)]: [] })).toThrow(/: no such option\. The options are /);
});
