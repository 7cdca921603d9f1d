import { describe, expect, it } from 'vitest';
import { loadConfig } from '../../src/config/config.js';
import { SETTING_NAMES } from '../../src/config/settings.js';
import {
  namesIdentity,
  readApiEnvironment,
  toApiEnvironment,
  unusedSettings,
  withEmulator,
} from '../../src/development/development-settings.js';
import { emulatorSettings } from '../../src/expenses/sample-data/emulator-settings.js';

const INSTANCE = 'http://127.0.0.1:4001';
const DATABASE_URL = 'postgres://app:secret@127.0.0.1:5432/app';
const GROUP = '0c6f2e1a-5b1d-4a53-9d3e-2f1f6a7b8c9d';
const withoutCredential = { ...emulatorSettings, clients: [emulatorSettings.clients[0]] } as const;
const load = (environment: Record<string, string>) =>
  loadConfig({ ...withEmulator(environment, INSTANCE, emulatorSettings), DATABASE_URL }, 'development');

describe('settings of the caller of dev', () => {
  const names = SETTING_NAMES.filter((name) => /^(ENTRA|DOWNSTREAM|DATABASE)_/.test(name));

  it.each(names)('%s is used as it is, or named as not used', (name) => {
    const { [name]: value } = withEmulator({ [name]: 'given' }, INSTANCE, emulatorSettings);
    expect(unusedSettings({ [name]: 'given' }, emulatorSettings)).toEqual(value === 'given' ? [] : [name]);
  });

  it('that are empty are not named', () => {
    expect(unusedSettings({ ENTRA_TENANT_ID: ' ', DATABASE_URL: undefined }, emulatorSettings)).toEqual([]);
  });

  it('that say what tokens mean are used', () => {
    const { authentication, database, downstream } = load({
      ENTRA_TENANT_ID: 'organizations',
      ENTRA_GROUP_ROLES: `${GROUP}=Expenses.Finance`,
      ENTRA_GROUP_LOOKUP: 'application',
      ENTRA_REQUIRED_CLAIMS: 'ctry=DE',
      ENTRA_DATABASE_CLAIMS: 'employeeid',
    });
    expect(authentication).toMatchObject({
      tenantId: emulatorSettings.tenants[0].id,
      instance: INSTANCE,
      groupRoles: { [GROUP]: ['Expenses.Finance'] },
      requiredClaims: { ctry: ['DE'] },
    });
    expect(database.claims).toEqual(['employeeid']);
    expect(downstream.graphUrl).toBe(INSTANCE);
  });

  it('reach the process of the API, with the database of dev and nothing else', () => {
    const given = { ENTRA_DATABASE_CLAIMS: 'ctry', DATABASE_LISTEN_URL: 'postgres://other' };
    const parts = { instance: INSTANCE, personas: [], database: { ownerUrl: DATABASE_URL, runtimeUrl: DATABASE_URL } };
    const data = { emulator: emulatorSettings, seed: async () => undefined, calls: [] };
    const { environment } = readApiEnvironment(toApiEnvironment(given, parts), data);
    const { database } = loadConfig(environment, 'development');
    expect(database).toMatchObject({ url: DATABASE_URL, listenUrl: undefined, claims: ['ctry'] });
  });

  it('that need a credential are not used where the API has none', () => {
    const environment = { ENTRA_GROUP_LOOKUP: 'user', DOWNSTREAM_CACHE_KEY: 'x'.repeat(43) };
    expect(unusedSettings(environment, emulatorSettings)).toEqual([]);
    expect(unusedSettings(environment, withoutCredential)).toEqual(['DOWNSTREAM_CACHE_KEY', 'ENTRA_GROUP_LOOKUP']);
    expect(withEmulator(environment, INSTANCE, withoutCredential)).not.toHaveProperty('ENTRA_GROUP_LOOKUP');
  });

  it.each([
    ['ENTRA_TENANT_ID', true],
    ['ENTRA_AUDIENCES', true],
    ['ENTRA_GROUP_ROLES', false],
    ['ENTRA_REQUIRED_CLAIMS', false],
    ['PORT', false],
  ])('with %s name an identity provider: %s', (name, names) => {
    expect(namesIdentity({ [name]: 'x' })).toBe(names);
  });
});
