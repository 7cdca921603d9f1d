import { describe, expect, it } from 'vitest';
import type { AppOnlyCaller, DelegatedCaller } from '../../../src/authentication/caller.js';
import { refusal } from '../../support/refusal.js';
import { appOnlyClaims, createTenant, delegatedClaims, ids, signToken, v1Claims } from '../../support/tenant.js';

const tenant = createTenant();
const authentication = tenant.authentication();
const sign = (claims: Record<string, unknown>) =>
  signToken(tenant.key, { typ: 'JWT', alg: 'RS256', kid: tenant.key.kid }, claims);
const codeOf = (claims: Record<string, unknown>) => refusal(authentication.verify(sign(claims)));

async function delegated(changes: Record<string, unknown> = {}): Promise<DelegatedCaller> {
  const { caller } = await authentication.verify(sign(delegatedClaims(changes)));
  if (caller.kind !== 'delegated') throw new Error('expected a delegated caller');
  return caller;
}

async function appOnly(changes: Record<string, unknown> = {}): Promise<AppOnlyCaller> {
  const { caller } = await authentication.verify(sign(appOnlyClaims(changes)));
  if (caller.kind !== 'app-only') throw new Error('expected an app-only caller');
  return caller;
}

describe('identity', () => {
  it('a delegated caller has scopes and roles, and no permissions', async () => {
    expect(await delegated({ roles: ['Expenses.Approver'] })).toEqual({
      kind: 'delegated',
      tenantId: ids.tenant,
      objectId: ids.user,
      clientId: ids.client,
      isGuest: false,
      scopes: new Set(['Expenses.ReadWrite']),
      roles: new Set(['Expenses.Approver']),
      authContexts: new Set(),
      canStepUp: false,
    });
  });

  it('an app-only caller has permissions alone', async () => {
    expect(await appOnly()).toEqual({
      kind: 'app-only',
      tenantId: ids.tenant,
      objectId: ids.application,
      clientId: ids.client,
      isGuest: false,
      permissions: new Set(['Expenses.Read.All']),
    });
  });

  it('GUIDs become lower-case', async () => {
    const oid = 'ABCDEF00-0000-4000-8000-000000000000';
    expect((await delegated({ oid })).objectId).toBe(oid.toLowerCase());
  });

  it('no e-mail address or name is kept', async () => {
    expect(JSON.stringify(await delegated())).not.toMatch(/erin/i);
  });

  it('a caller cannot be changed', async () => {
    expect(Object.isFrozen(await delegated())).toBe(true);
  });

  it.each([undefined, null, '', 'erin@example.com', 7, [ids.user]])('oid %j is refused', async (oid) => {
    expect(await codeOf(delegatedClaims({ oid }))).toBe('OBJECT_ID_INVALID');
  });

  it.each([
    [{ acct: 1 }, true],
    [{ acct: 0 }, false],
    [{ acct: '1' }, true],
    [{}, false],
    [{ idp: `https://sts.windows.net/${ids.otherTenant}/` }, true],
    [{ idp: 'live.com' }, true],
    [{ idp: `https://sts.windows.net/${ids.tenant}/` }, false],
    [{ idp: 'live.com', acct: 0 }, false],
    [{ idp: 7 }, false],
  ])('a guest of our tenant: %j is %s', async (claims, isGuest) => {
    expect((await delegated(claims)).isGuest).toBe(isGuest);
  });
});

describe('client', () => {
  it('is azp in v2.0 and appid in v1.0', async () => {
    expect((await delegated({ appid: 'ignored' })).clientId).toBe(ids.client);
    expect((await authentication.verify(sign(v1Claims({ azp: 'ignored' })))).caller.clientId).toBe(ids.client);
  });

  it.each([undefined, null, '', 'name', 7])('azp %j is refused', async (azp) => {
    expect(await codeOf(delegatedClaims({ azp }))).toBe('CLIENT_ID_INVALID');
  });

  it('appid does not stand in for azp', async () => {
    expect(await codeOf(delegatedClaims({ azp: undefined, appid: ids.client }))).toBe('CLIENT_ID_INVALID');
  });

  it('a client that is allowed, and one that is not', async () => {
    const some = tenant.authentication({ allowedClients: [ids.client.toUpperCase()] });
    expect(await refusal(some.verify(sign(delegatedClaims())))).toBe('accepted');
    expect(await refusal(some.verify(sign(delegatedClaims({ azp: ids.application }))))).toBe('CLIENT_NOT_ALLOWED');
  });
});

describe('permissions', () => {
  it('scopes are separated by spaces, however many', async () => {
    expect((await delegated({ scp: ' A  B.C ' })).scopes).toEqual(new Set(['A', 'B.C']));
  });

  it('read_all is not read, and case counts', async () => {
    const { scopes } = await delegated({ scp: 'read_all Read' });
    expect(scopes.has('read')).toBe(false);
  });

  it.each([['Expenses.Read'], 7, {}, 'A\tB', 'A\nB', 'A"B', 'é'])('scp %j is refused', async (scp) => {
    expect(await codeOf(delegatedClaims({ scp }))).toBe('PERMISSION_CLAIM_INVALID');
  });

  it.each([undefined, null, '', '  ', '/', ' / ', '/ /', '//', '.', './/. /'])('scp %j holds no scope', async (scp) => {
    expect(await codeOf(delegatedClaims({ scp }))).toBe('NO_PERMISSIONS');
  });

  it.each(['Expenses.Auditor', 7, {}])('roles %j is refused', async (roles) => {
    expect(await codeOf(delegatedClaims({ roles }))).toBe('PERMISSION_CLAIM_INVALID');
  });

  it.each([[7], [''], [null], [['A']]])('roles with an entry %j is refused', async (entry) => {
    expect(await codeOf(delegatedClaims({ roles: [entry] }))).toBe('PERMISSION_CLAIM_INVALID');
  });

  it('a role with a space stays one role', async () => {
    expect((await delegated({ roles: ['A B'] })).roles).toEqual(new Set(['A B']));
  });

  it('an empty list of roles is none', async () => {
    expect(await codeOf(appOnlyClaims({ roles: [] }))).toBe('NO_PERMISSIONS');
  });

  it('neither scp nor roles is 403', async () => {
    const token = sign(appOnlyClaims({ roles: undefined }));
    await expect(authentication.verify(token)).rejects.toMatchObject({
      code: 'NO_PERMISSIONS',
      status: 403,
      challengeError: 'insufficient_scope',
    });
  });

  const listed = tenant.authentication({ clientsWithoutPermissions: [ids.client] });
  it.each([
    { roles: undefined },
    { roles: [] },
    { roles: undefined, idtyp: undefined },
    { roles: undefined, scp: '/', sub: 'pairwise-subject' },
  ])('but an application that is listed may: %j', async (changes) => {
    expect((await listed.verify(sign(appOnlyClaims(changes)))).caller.kind).toBe('app-only');
  });

  it.each([{}, { scp: '' }, { scp: '/' }, { idtyp: 'user' }])(
    'a listed client does not make a user of a token without scope: %j',
    async (changes) => {
      expect(await refusal(listed.verify(sign(delegatedClaims({ scp: undefined, ...changes }))))).toBe('ACTOR_UNCLEAR');
    },
  );

  it.each(['roles', 'scp', 'acrs', 'Roles', 'SCP'])('%s left out because it is too long', async (claim) => {
    expect(await codeOf(delegatedClaims({ _claim_names: { [claim]: 'src1' } }))).toBe('CLAIMS_OVERAGE');
  });

  it.each([{ _claim_names: { groups: 'src1' } }, { hasgroups: true }, { _claim_names: null }])(
    'groups left out grant and refuse nothing: %j',
    async (claims) => {
      expect(await codeOf(delegatedClaims(claims))).toBe('accepted');
    },
  );
});

describe('actor', () => {
  it('roles say nothing about who calls', async () => {
    expect((await delegated({ roles: ['Expenses.Read.All'] })).kind).toBe('delegated');
  });

  it.each([
    ['idtyp app', { idtyp: 'app' }],
    ['oid equal to sub, without idtyp', { idtyp: undefined }],
  ])('is an application by %s', async (_name, changes) => {
    expect((await appOnly(changes)).permissions).toEqual(new Set(['Expenses.Read.All']));
  });

  const noScope = ['', '/', ' ', ' / ', '/ /', '//', '.', '/. ..', null, undefined];

  it.each(noScope)('idtyp app with scp %j is an application, whatever its sub', async (scp) => {
    expect(await appOnly({ scp })).toMatchObject({ kind: 'app-only', permissions: new Set(['Expenses.Read.All']) });
    expect((await appOnly({ scp, sub: 'pairwise-subject' })).kind).toBe('app-only');
  });

  it.each(noScope)('without idtyp, scp %j and roles are unclear where oid and sub differ', async (scp) => {
    const roles = ['Expenses.Finance'];
    expect(await codeOf(delegatedClaims({ scp, roles }))).toBe('ACTOR_UNCLEAR');
    expect(await codeOf(v1Claims({ scp, roles }))).toBe('ACTOR_UNCLEAR');
  });

  it.each(noScope)('without idtyp, scp %j and roles are an application where oid is sub', async (scp) => {
    expect((await appOnly({ scp, idtyp: undefined })).permissions).toEqual(new Set(['Expenses.Read.All']));
  });

  it.each(noScope)('idtyp user with scp %j is refused, with roles and without', async (scp) => {
    for (const roles of [['Expenses.Finance'], [], undefined]) {
      expect(await codeOf(delegatedClaims({ idtyp: 'user', scp, roles }))).toBe('ACTOR_UNCLEAR');
      expect(await codeOf(delegatedClaims({ idtyp: 'user', scp, roles, sub: ids.user }))).toBe('ACTOR_UNCLEAR');
    }
  });

  it('a slash beside scopes names none of them', async () => {
    expect((await delegated({ scp: '/ Expenses.Read' })).scopes).toEqual(new Set(['Expenses.Read']));
  });

  it('idtyp user with a scope is a user', async () => {
    expect((await delegated({ idtyp: 'user' })).kind).toBe('delegated');
  });

  it.each([
    ['an agent for a human', { xms_act_fct: '11' }],
    ['the own user account of an agent', { xms_act_fct: '11', xms_sub_fct: '13' }],
    ['facets that are not known, in any order', { xms_act_fct: '99 3 11 1234', xms_sub_fct: '77 13 2' }],
    ['facets of another form', { xms_act_fct: ['11'], xms_sub_fct: 13, xms_tnt_fct: null, xms_idrel: '1 99' }],
  ])('is an agent: %s', async (_name, facets) => {
    const parent = { xms_par_app_azp: ids.application.toUpperCase() };
    const identity = { identityId: ids.client, blueprintId: ids.application };
    const { scopes, agent } = await delegated({ ...facets, ...parent, idtyp: 'user' });
    expect(scopes).toEqual(new Set(['Expenses.ReadWrite']));
    expect(agent).toEqual({ ...identity, actsFor: 'xms_sub_fct' in facets ? 'ownAccount' : 'user' });
    const forItself = await appOnly({ ...facets, ...parent, sub: 'pairwise-subject' });
    expect(forItself).toMatchObject({ kind: 'app-only', agent: { ...identity, actsFor: 'itself' } });
    expect(forItself.agent).toSatisfy(Object.isFrozen);
  });

  it.each([
    ['a subject that is an agent, of an actor that says nothing', { xms_sub_fct: '11' }, 'user'],
    ['the account of an agent, used by an ordinary client', { xms_act_fct: '3', xms_sub_fct: '13' }, 'ownAccount'],
    ['a number', { xms_act_fct: 11 }, 'user'],
    ['numbers in a list', { xms_act_fct: [3, 11] }, 'user'],
    ['an object', { xms_act_fct: { facets: '3 11' } }, 'user'],
    ['another separator', { xms_act_fct: '3,11' }, 'user'],
  ])('counts as an agent, since the documents do not say: %s', async (_name, facets, actsFor) => {
    expect((await delegated(facets)).agent).toEqual({ identityId: ids.client, blueprintId: undefined, actsFor });
  });

  it.each([
    [{}],
    [{ xms_act_fct: '' }],
    [{ xms_act_fct: null, xms_sub_fct: null }],
    [{ xms_act_fct: '1 111 3', xms_sub_fct: '113 1' }],
    [{ xms_act_fct: '13', xms_tnt_fct: '11', xms_idrel: '11', xms_par_app_azp: ids.application }],
  ])('is not an agent: %j', async (facets) => {
    expect(await delegated(facets)).not.toHaveProperty('agent');
  });

  it.each([null, undefined])('has no blueprint with %j', async (xms_par_app_azp) => {
    expect((await delegated({ xms_act_fct: '11', xms_par_app_azp })).agent).toMatchObject({ blueprintId: undefined });
  });

  it.each([
    'not-a-guid',
    '',
    7,
    true,
    [ids.application],
    [],
    {},
    `{${ids.application}}`,
    ` ${ids.application}`,
    ids.application.replaceAll('-', ''),
    `urn:uuid:${ids.application}`,
  ])('is refused with the blueprint %j, which no revocation would reach', async (xms_par_app_azp) => {
    for (const facets of [{ xms_act_fct: '11' }, { xms_sub_fct: '11' }, { xms_sub_fct: '13' }]) {
      expect(await codeOf(delegatedClaims({ ...facets, xms_par_app_azp }))).toBe('ACTOR_UNCLEAR');
      expect(await codeOf(appOnlyClaims({ ...facets, xms_par_app_azp }))).toBe('ACTOR_UNCLEAR');
    }
    expect(await codeOf(delegatedClaims({ xms_par_app_azp }))).toBe('accepted');
  });

  it('roles without scp, oid and sub apart: an ID token looks like this', async () => {
    expect(await codeOf(delegatedClaims({ scp: undefined, roles: ['A'] }))).toBe('ACTOR_UNCLEAR');
  });

  it.each(['device', '', 7, false, 'App'])('idtyp %j is refused', async (idtyp) => {
    expect(await codeOf(appOnlyClaims({ idtyp }))).toBe('ACTOR_UNCLEAR');
  });

  it('an application with scopes is refused', async () => {
    expect(await codeOf(appOnlyClaims({ scp: 'A' }))).toBe('ACTOR_UNCLEAR');
  });
});

describe('null in a claim that may be missing is like no claim', () => {
  const names = ['scp', 'roles', 'acrs', 'idtyp', 'acct', 'idp', 'xms_cc', '_claim_names', 'uti'];
  const outcomeOf = (claims: Record<string, unknown>) =>
    authentication.verify(sign(claims)).catch((error: { code: string }) => error.code);

  it.each(names)('%s, for users, users of v1.0 and applications', async (name) => {
    for (const of of [delegatedClaims, v1Claims, appOnlyClaims]) {
      expect(await outcomeOf(of({ [name]: null }))).toEqual(await outcomeOf(of({ [name]: undefined })));
    }
  });

  it('roles, as the caller sees it', async () => {
    expect((await delegated({ roles: null, acrs: null })).roles).toEqual(new Set());
  });

  it.each([
    ['aud', 'AUDIENCE_MISMATCH'],
    ['nbf', 'TIME_CLAIM_INVALID'],
    ['nonce', 'ID_TOKEN'],
    ['cnf', 'TOKEN_BOUND_TO_KEY'],
  ])('but %s is refused: %s', async (name, code) => {
    expect(await codeOf(delegatedClaims({ [name]: null }))).toBe(code);
  });
});

describe('step-up', () => {
  it.each([
    ['c1', ['c1']],
    [
      ['c1', 'c99'],
      ['c1', 'c99'],
    ],
    [['c0', 'c100', 'C1', 'x', 'c1 '], []],
    [undefined, []],
  ])('acrs %j gives the contexts that Entra can define', async (acrs, contexts) => {
    expect((await delegated({ acrs })).authContexts).toEqual(new Set(contexts));
  });

  it.each([7, {}, [7], [null]])('acrs %j is refused', async (acrs) => {
    expect(await codeOf(delegatedClaims({ acrs }))).toBe('PERMISSION_CLAIM_INVALID');
  });

  it.each([
    [['cp1'], true],
    [['x', 'CP1'], true],
    ['cp1', true],
    [['cp2'], false],
    [undefined, false],
    [7, false],
    [[7], false],
  ])('xms_cc %j: can step up is %s', async (xms_cc, canStepUp) => {
    expect((await delegated({ xms_cc })).canStepUp).toBe(canStepUp);
  });
});
