import { describe, expect, it } from 'vitest';
import { buildRegistration, type RegistrationNeeds } from '../../../src/cli/registration/build-registration.js';
import { diffRegistration } from '../../../src/cli/registration/diff-registration.js';
import { parseExport } from '../../../src/cli/registration/exported-registration.js';
import { claimNotes, optionalClaimsFor } from '../../../src/cli/registration/optional-claims.js';

const NEEDS: RegistrationNeeds = {
  displayName: 'An API',
  appIdUri: undefined,
  tenantId: undefined,
  usesGroups: false,
  claims: [],
  scopes: ['Items.Read'],
  roles: ['Items.Reader'],
  permissions: ['Items.Read.All'],
  authContexts: [],
  otherApis: undefined,
  groupLookup: 'off',
};
const BUILT = buildRegistration(NEEDS);
const EXTENSION = 'extension_0c6f2e1a5b1d4a539d3e2f1f6a7b8c9d_costCentre';

function diff(exported: object, needs: RegistrationNeeds = NEEDS) {
  const parsed = parseExport(exported);
  if (parsed === undefined) throw new TypeError('not an app registration');
  return diffRegistration(parsed, needs);
}
const namesFor = (needs: RegistrationNeeds) => optionalClaimsFor(needs).map(({ name }) => name);

describe('optional claims of an app registration', () => {
  const own = ['idtyp', 'acct', 'auth_time', 'xms_cc'];
  it.each([
    [{}, []],
    [{ authContexts: ['c1'] }, ['acrs']],
    [{ usesGroups: true }, ['groups']],
    [{ usesGroups: true, claims: ['ctry', 'groups'] }, ['groups', 'ctry']],
    [{ claims: ['acct', 'ctry', 'oid', 'upn'] }, ['ctry', 'upn']],
    [{ claims: [EXTENSION] }, [EXTENSION]],
    [{ claims: ['employeeid', 'amr', 'extn.costCentre'] }, []],
  ])('of an API that needs %j are its own and %j', (needs, claims) => {
    const all = { ...NEEDS, ...needs };
    expect(namesFor(all)).toEqual([...own, ...claims]);
    expect(diff(BUILT, all).filter((line) => line.includes('optional claim'))).toEqual(
      claims.map((name) => `missing: the optional claim ${name} of access tokens`),
    );
    expect(diff(buildRegistration(all), all)).toEqual([]);
  });

  it('have the source of a directory extension', () => {
    expect(optionalClaimsFor({ ...NEEDS, claims: [EXTENSION] }).at(-1)).toEqual({
      name: EXTENSION,
      source: 'user',
      essential: false,
    });
  });

  it.each([
    ['employeeid', 'Attributes & Claims'],
    ['__proto__', 'Attributes & Claims'],
    ['amr', 'v1.0 tokens'],
    ['wids', 'DirectoryRole'],
    ['idtyp', 'include_user_token'],
    ['extn.costCentre', 'directory extension'],
    [EXTENSION, 'extn.costCentre'],
  ])('are not all that %s takes', (name, words) => {
    const [note, ...others] = claimNotes({ ...NEEDS, claims: [name] });
    expect(note).toMatch(new RegExp(`^note: the settings name the claim ${name}\\. `));
    expect(note).toContain(words);
    expect(others).toEqual([]);
  });

  it.each(['oid', 'ctry', 'groups', 'xms_par_app_azp'])('are all that %s takes', (name) => {
    expect(claimNotes({ ...NEEDS, claims: [name] })).toEqual([]);
  });
});

describe('groups in an app registration', () => {
  it.each([
    [null, false],
    ['None', false],
    ['DirectoryRole', false],
    ['ApplicationGroup', true],
    ['SecurityGroup', true],
    ['All', true],
    ['DirectoryRole, ApplicationGroup', true],
  ])('with groupMembershipClaims %s are in tokens: %s', (groupMembershipClaims, hasGroups) => {
    const needs = { ...NEEDS, usesGroups: true };
    expect(diff({ ...buildRegistration(needs), groupMembershipClaims }, needs)).toHaveLength(hasGroups ? 0 : 1);
    expect(diff({ ...BUILT, groupMembershipClaims })).toEqual([]);
  });
});

it.each([
  ['sam_account_name', true, ['groups has sam_account_name, and should have ids']],
  ['sam_account_name', false, []],
  ['emit_as_roles', false, ['groups has emit_as_roles, which puts groups in place']],
  ['max_size_limit', true, []],
])('groups as %s are compared where settings read groups (%s)', (form, usesGroups, told) => {
  const needs = { ...NEEDS, usesGroups };
  const built = buildRegistration(needs);
  const accessToken = [...built.optionalClaims.accessToken, { name: 'groups', additionalProperties: [form] }];
  const lines = diff({ ...built, optionalClaims: { accessToken } }, needs);
  expect(lines).toEqual(told.map((text) => expect.stringContaining(text)));
});

describe('accounts of an app registration', () => {
  it.each([
    ['organizations', 'AzureADMultipleOrgs'],
    ['common', 'AzureADandPersonalMicrosoftAccount'],
    ['0c6f2e1a-5b1d-4a53-9d3e-2f1f6a7b8c9d', 'AzureADMyOrg'],
  ])('for %s are %s', (tenantId, signInAudience) => {
    const needs = { ...NEEDS, tenantId };
    expect(buildRegistration(needs)).toMatchObject({ signInAudience });
    expect(diff(buildRegistration(needs), needs)).toEqual([]);
    const other = signInAudience === 'AzureADMyOrg' ? 'AzureADMultipleOrgs' : 'AzureADMyOrg';
    const exported = { ...BUILT, signInAudience: other };
    expect(diff(exported, needs)).toEqual([`change: signInAudience is ${other}, and should be ${signInAudience}`]);
    expect(diff(exported)).toEqual([]);
  });
});

describe('member types of an app role', () => {
  const withTypes = (allowedMemberTypes: unknown, isEnabled = true) => ({
    ...BUILT,
    appRoles: BUILT.appRoles.map((role) =>
      role.value === 'Items.Reader' ? { ...role, allowedMemberTypes, isEnabled } : role,
    ),
  });
  const role = 'the app role Items.Reader';

  it.each([['Application'], [null], [[]]])('are missing in %j', (types) => {
    expect(diff(withTypes(typeof types === 'string' ? [types] : types))).toContain(
      `change: ${role} lacks User in allowedMemberTypes`,
    );
  });

  it('that no rule needs are removed in two steps', () => {
    const types = ['User', 'Application'];
    const extra = `too much: Application in allowedMemberTypes of ${role}.`;
    expect(diff(withTypes(types))).toEqual([`${extra} First step: disable the role (isEnabled: false)`]);
    expect(diff(withTypes(types, false))).toEqual([
      `change: ${role} is disabled`,
      `${extra} Second step: the role is disabled. Remove the type and enable the role again`,
    ]);
  });
});

describe('null in an export', () => {
  it.each(['appRoles', 'identifierUris', 'optionalClaims', 'oauth2Permissions'])('as %s is an empty list', (name) => {
    expect(diff({ ...BUILT, [name]: null })).toEqual(diff({ ...BUILT, [name]: undefined }));
  });

  it('as oauth2PermissionScopes is an empty list', () => {
    expect(diff({ ...BUILT, api: { ...BUILT.api, oauth2PermissionScopes: null } })).toEqual([
      'missing: the scope Items.Read',
    ]);
  });
});

describe('permissions of other APIs', () => {
  const GRAPH = '00000003-0000-0000-c000-000000000000';
  const [ONE, OTHER] = ['0aaaaaaa-0000-4000-8000-000000000001', '0aaaaaaa-0000-4000-8000-000000000002'];
  const mail = { name: 'Mail', appId: ONE.toUpperCase(), delegated: { Send: OTHER }, application: { Send: ONE } };
  const access = (needs: Partial<RegistrationNeeds>) =>
    buildRegistration({ ...NEEDS, ...needs }).requiredResourceAccess?.map(({ resourceAppId, resourceAccess }) => [
      resourceAppId,
      resourceAccess.map(({ id, type }) => `${type} ${id}`),
    ]);

  it.each<[Partial<RegistrationNeeds>, unknown]>([
    [{}, undefined],
    [{ otherApis: [] }, undefined],
    [{ groupLookup: 'user' }, [[GRAPH, ['Scope e1fe6dd8-ba31-4d61-89e7-88639da4683d']]]],
    [
      { groupLookup: 'application' },
      [[GRAPH, ['Role df021288-bdef-4463-88db-98f22de89214', 'Role 98830695-27a2-44f7-8c18-0c3ebc9698f6']]],
    ],
    [{ otherApis: [mail, mail] }, [[ONE, [`Scope ${OTHER}`, `Role ${ONE}`]]]],
    [
      { groupLookup: 'user', otherApis: [mail] },
      [
        [GRAPH, ['Scope e1fe6dd8-ba31-4d61-89e7-88639da4683d']],
        [ONE, [`Scope ${OTHER}`, `Role ${ONE}`]],
      ],
    ],
  ])(
    'that settings and code need (%j) are in the registration, each once, and an export has all or lacks them',
    (needs, expected) => {
      const all = { ...NEEDS, ...needs };
      expect(access(needs)).toEqual(expected);
      expect(diff(buildRegistration(all), all)).toEqual([]);
      const count = (access(needs) ?? []).flatMap(([, entries]) => entries).length;
      expect(diff(BUILT, all).filter((line) => line.startsWith('missing: the '))).toHaveLength(count);
    },
  );

  it('are named where an export lacks one or has another kind of it', () => {
    const needs = { ...NEEDS, otherApis: [mail] };
    const exported = {
      ...BUILT,
      requiredResourceAccess: [{ resourceAppId: ONE, resourceAccess: [{ id: ONE, type: 'Scope' }] }],
    };
    expect(diff(exported, needs)).toEqual([
      'missing: the delegated permission Send of Mail. Add it, and let an administrator consent',
      'missing: the application permission Send of Mail. Add it, and let an administrator consent',
      expect.stringMatching(
        `^too much: the delegated permission ${ONE} of the API ${ONE}. First step: .* Second step: `,
      ),
    ]);
  });

  it('are too much only where the API says what it asks for, and never those of a sign-in', () => {
    const resourceAccess = ['e1fe6dd8-ba31-4d61-89e7-88639da4683d', '37f7f235-527c-4136-accd-4a02d197296e', OTHER];
    const exported = {
      ...BUILT,
      requiredResourceAccess: [
        { resourceAppId: GRAPH, resourceAccess: resourceAccess.map((id) => ({ id, type: 'Scope' })) },
      ],
    };
    expect(diff(exported, NEEDS)).toEqual([]);
    const found = diff(exported, { ...NEEDS, otherApis: [] });
    expect(found).toEqual([
      expect.stringContaining(`too much: the delegated permission ${OTHER} of the API ${GRAPH}.`),
    ]);
  });
});
