import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { emulatorSettings } from '../../../src/expenses/sample-data/emulator-settings.js';
import { runInTerminal } from '../../support/terminal.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'registration-'));
});
afterAll(() => rm(folder, { recursive: true }));

/** Runs the command in this project. */
function run(words: readonly string[], environment: Record<string, string> = {}) {
  return runInTerminal(['registration', ...words], { environment, folder: process.cwd() });
}

const manifestOf = async (environment = {}) => JSON.parse((await run([], environment)).printed);
async function diff(exported: unknown, environment = {}) {
  const path = join(folder, 'manifest.json');
  await writeFile(path, typeof exported === 'string' ? exported : JSON.stringify(exported));
  return run(['diff', path], environment);
}

const OWN_CLAIMS = ['idtyp', 'acct', 'auth_time', 'xms_cc', 'acrs'];
const claimsOf = (manifest: { optionalClaims: { accessToken: { name: string }[] } }) =>
  manifest.optionalClaims.accessToken.map(({ name }) => name);
const valuesOf = (list: readonly { readonly value: string }[]) => list.map(({ value }) => value);

describe('entra-graphql registration', () => {
  it('has all that the rules of the schema name, and v2.0 tokens', async () => {
    const manifest = await manifestOf();
    expect(valuesOf(manifest.api.oauth2PermissionScopes)).toEqual(emulatorSettings.api.scopes);
    expect(manifest.api.requestedAccessTokenVersion).toBe(2);
    const members = manifest.appRoles.map(({ value, allowedMemberTypes }: never) => [value, allowedMemberTypes]);
    expect(members).toEqual([
      ['Expenses.Approver', ['User']],
      ['Expenses.Auditor', ['User']],
      ['Expenses.Finance', ['User']],
      ['Expenses.Read.All', ['Application']],
    ]);
    expect(claimsOf(manifest)).toEqual(OWN_CLAIMS);
    expect(manifest.signInAudience).toBe('AzureADMyOrg');
    expect(manifest).not.toHaveProperty('identifierUris');
    expect(manifest).not.toHaveProperty('groupMembershipClaims');
  });

  it('has the same ids each time, each a GUID and once', async () => {
    const [one, other] = [await manifestOf(), await manifestOf()];
    expect(one).toEqual(other);
    const ids: string[] = [...one.api.oauth2PermissionScopes, ...one.appRoles].map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    for (const id of ids) expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}$/);
  });

  it('has the App ID URI and the claim of groups where the settings need them', async () => {
    const { clientId } = emulatorSettings.api;
    const groups = { ENTRA_GROUP_ROLES: `${clientId}=Expenses.Finance` };
    const manifest = await manifestOf({ ENTRA_CLIENT_ID: clientId, ...groups });
    expect(manifest).toMatchObject({
      identifierUris: [`api://${clientId}`],
      groupMembershipClaims: 'ApplicationGroup',
    });
    const named = await manifestOf({
      ENTRA_CLIENT_ID: clientId,
      ENTRA_AUDIENCES: `${clientId}, https://api.example.com`,
    });
    expect(named.identifierUris).toEqual(['https://api.example.com']);
  });

  it('keeps the ids that a tenant has, and the others get ids of their own', async () => {
    const own = (await manifestOf()).api.oauth2PermissionScopes;
    const ids = { scope: '5c09e000-0000-4000-9000-000000000001', role: '501e0000-0000-4000-9000-000000000002' };
    const path = join(folder, 'exported.json');
    const scope = { id: ids.scope, value: 'Expenses.Read', isEnabled: true };
    const appRoles = [{ id: ids.role, value: 'Expenses.Auditor', isEnabled: true, allowedMemberTypes: ['User'] }];
    for (const exported of [
      { api: { oauth2PermissionScopes: [scope] }, appRoles },
      { oauth2Permissions: [scope], appRoles },
    ]) {
      await writeFile(path, JSON.stringify(exported));
      const { code, printed } = await run(['--from', path]);
      expect(code).toBe(0);
      const manifest = JSON.parse(printed);
      expect(manifest.api.oauth2PermissionScopes).toEqual([{ ...own[0], id: ids.scope }, ...own.slice(1)]);
      expect(manifest.appRoles.find(({ value }: never) => value === 'Expenses.Auditor')).toMatchObject({
        id: ids.role,
      });
    }
  });

  it.each(['{', '[]', '{}', '{"appRoles":[{"id":"x","value":"Expenses.Auditor"}]}'])(
    'fails with exit code 1 for ids from %s',
    async (text) => {
      const path = join(folder, 'exported.json');
      await writeFile(path, text);
      expect(await run(['--from', path])).toMatchObject({ code: 1, complaints: expect.stringContaining(path) });
    },
  );

  it('prints commands for the Azure CLI, with names quoted for a shell', async () => {
    const { printed } = await run(['--format', 'az', '--name', "Erin's API"]);
    expect(printed).toContain(`az ad app create --display-name 'Erin'\\''s API'`);
    expect(printed).toContain('az rest --method PATCH');
    expect(printed).toContain('"requestedAccessTokenVersion": 2');
  });
});

describe('App ID URIs in the commands for the Azure CLI', () => {
  const old = emulatorSettings.api.clientId;
  it.each([
    [{}, []],
    [{ ENTRA_CLIENT_ID: old }, []],
    [{ ENTRA_CLIENT_ID: old, ENTRA_AUDIENCES: `${old},api://${old},api://${old}/,spn:${old}` }, []],
    [{ ENTRA_CLIENT_ID: old, ENTRA_AUDIENCES: `${old}, https://api.example.com` }, ['https://api.example.com']],
    [{ ENTRA_AUDIENCES: `https://api.example.com,${old}` }, ['https://api.example.com']],
    [
      { ENTRA_AUDIENCES: `api://${old},https://api.example.com,api://contoso.com/expenses` },
      ['https://api.example.com', 'api://contoso.com/expenses'],
    ],
  ])('with %j: that of the new application, and %j', async (environment, others) => {
    const { printed } = await run(['--format', 'az'], environment as Record<string, string>);
    const uris = ['"api://$APP_ID"', ...others.map((uri) => `'${uri}'`)].join(' ');
    expect(printed.split('\n')).toContain(`az ad app update --id "$APP_ID" --identifier-uris ${uris}`);
    expect(printed).not.toContain('identifierUris');
    expect(printed).not.toContain(old);
  });
});

describe('entra-graphql registration diff', () => {
  it('finds nothing in what was built, and tells the exit code', async () => {
    expect(await diff({ appId: 'x', ...(await manifestOf()) })).toMatchObject({
      code: 0,
      printed: 'The app registration is what the schema and the settings need.',
      complaints: '',
    });
  });

  it('names what is missing, disabled and too much, and removes in two steps', async () => {
    const { api, appRoles, ...rest } = await manifestOf();
    const [read, write, ...otherScopes] = api.oauth2PermissionScopes;
    const [approver, auditor, ...others] = appRoles;
    const changed = {
      ...rest,
      api: {
        requestedAccessTokenVersion: null,
        oauth2PermissionScopes: [{ ...read, isEnabled: false }, { ...write, value: 'Old.Scope' }, ...otherScopes],
      },
      appRoles: [
        { ...approver, allowedMemberTypes: ['Application'] },
        { ...auditor, value: 'Old.Role', isEnabled: false },
        ...others,
      ],
      optionalClaims: null,
    };
    const { code, printed } = await diff(changed);
    expect(code).toBe(1);
    expect(printed.split('\n')).toEqual([
      'change: requestedAccessTokenVersion is 1, and should be 2',
      'missing: the scope Expenses.ReadWrite',
      'change: the scope Expenses.Read is disabled',
      'too much: the scope Old.Scope. First step: disable it (isEnabled: false)',
      'missing: the app role Expenses.Auditor',
      'too much: the app role Old.Role. Second step: it is disabled, and can be removed',
      'change: the app role Expenses.Approver lacks User in allowedMemberTypes',
      'too much: Application in allowedMemberTypes of the app role Expenses.Approver. First step: disable the role (isEnabled: false)',
      'missing: the optional claim idtyp of access tokens',
      'missing: the optional claim acct of access tokens',
      'missing: the optional claim auth_time of access tokens',
      'missing: the optional claim xms_cc of access tokens',
      'missing: the optional claim acrs of access tokens',
    ]);
  });

  it('reads an old manifest, whose names differ', async () => {
    const { api, ...rest } = await manifestOf();
    const old = { ...rest, accessTokenAcceptedVersion: 2, oauth2Permissions: api.oauth2PermissionScopes };
    expect((await diff(old)).code).toBe(0);
  });

  it('asks for the App ID URI and the groups of the settings', async () => {
    const { clientId } = emulatorSettings.api;
    const environment = { ENTRA_CLIENT_ID: clientId, ENTRA_GROUP_ROLES: `${clientId}=Expenses.Finance` };
    expect((await diff(await manifestOf(), environment)).printed.split('\n')).toEqual([
      `missing: the App ID URI api://${clientId}`,
      'missing: the optional claim groups of access tokens',
      'missing: groupMembershipClaims with ApplicationGroup, because the settings read groups',
    ]);
  });

  it.each(['{', '[]', '7', '{}', '{"appRoles":7}'])('fails with exit code 2 for %s', async (text) => {
    expect((await diff(text)).code).toBe(2);
  });
});

describe('entra-graphql registration with settings that read claims', () => {
  const environment = {
    ENTRA_TENANT_ID: 'organizations',
    ENTRA_REQUIRED_CLAIMS: 'ctry=DE|AT,acct=0',
    ENTRA_DATABASE_CLAIMS: 'groups,employeeid,ctry',
  };
  const note = 'note: the settings name the claim employeeid. Entra has no optional claim of this name.';

  it('asks for them once, and says on standard error what else they take', async () => {
    const { printed, complaints } = await run([], environment);
    const manifest = JSON.parse(printed);
    expect(claimsOf(manifest)).toEqual([...OWN_CLAIMS, 'groups', 'ctry']);
    expect(manifest).toMatchObject({
      signInAudience: 'AzureADMultipleOrgs',
      groupMembershipClaims: 'ApplicationGroup',
    });
    expect(complaints).toContain(note);
    expect((await run(['--format', 'az'], environment)).complaints).toContain(note);
    expect(await diff(manifest, environment)).toMatchObject({ code: 0, complaints: expect.stringContaining(note) });
  });

  it('misses them in the export of an application that was made without these settings', async () => {
    const { code, printed } = await diff(await manifestOf(), environment);
    expect(code).toBe(1);
    expect(printed.split('\n')).toEqual([
      'change: signInAudience is AzureADMyOrg, and should be AzureADMultipleOrgs',
      'missing: the optional claim groups of access tokens',
      'missing: the optional claim ctry of access tokens',
      'missing: groupMembershipClaims with ApplicationGroup, because the settings read groups',
    ]);
  });

  it('fails where a setting is wrong', async () => {
    const { code, complaints } = await run([], { ENTRA_GROUP_ROLES: 'finance=Expenses.Finance' });
    expect(code).toBe(1);
    expect(complaints).toContain('ENTRA_GROUP_ROLES');
  });
});
