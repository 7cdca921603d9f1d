import { describe, expect, it } from 'vitest';
import type { Caller, DelegatedCaller } from '../../../src/authentication/caller.js';
import { refusal } from '../../support/refusal.js';
import { appOnlyClaims, createTenant, delegatedClaims, signToken, v1Claims } from '../../support/tenant.js';

const FINANCE = 'aaaaaaaa-0000-4000-8000-000000000001';
const AUDITORS = 'aaaaaaaa-0000-4000-8000-000000000002';
const OTHERS = 'aaaaaaaa-0000-4000-8000-000000000003';

const tenant = createTenant();
const authentication = tenant.authentication({
  groupRoles: { [FINANCE.toUpperCase()]: ['Finance'], [AUDITORS]: ['Auditor', 'Finance', 'Auditor'] },
});
const sign = (claims: Record<string, unknown>) =>
  signToken(tenant.key, { typ: 'JWT', alg: 'RS256', kid: tenant.key.kid }, claims);
const verify = async (claims: Record<string, unknown>) => (await authentication.verify(sign(claims))).caller;
const held = (caller: Caller) => {
  const { roles, groupRoles, undecidedRoles }: Partial<DelegatedCaller> = caller.kind === 'delegated' ? caller : {};
  return {
    roles: [...(roles ?? [])].sort(),
    from: groupRoles && Object.fromEntries(groupRoles),
    undecided: undecidedRoles && [...undecidedRoles].sort(),
  };
};

describe('roles of groups', () => {
  it.each([
    ['a v2.0 token', delegatedClaims({ groups: [FINANCE, OTHERS], roles: ['Approver'] })],
    ['a v1.0 token', v1Claims({ groups: [FINANCE, OTHERS], roles: ['Approver'] })],
    [
      'ids in another case and twice',
      delegatedClaims({ groups: [FINANCE.toUpperCase(), FINANCE], roles: ['Approver'] }),
    ],
  ])('are added to those of %s, which tell where they come from', async (_name, claims) => {
    expect(held(await verify(claims))).toEqual({ roles: ['Approver', 'Finance'], from: { Finance: [FINANCE] } });
  });

  it('name every group that gives a role', async () => {
    const caller = await verify(delegatedClaims({ groups: [FINANCE, AUDITORS], roles: ['Finance'] }));
    const from = { Finance: [FINANCE, AUDITORS], Auditor: [AUDITORS] };
    expect(held(caller)).toEqual({ roles: ['Auditor', 'Finance'], from });
    expect(Object.keys(caller)).not.toContain('groupRoles');
    expect(JSON.stringify(caller)).not.toContain(FINANCE);
  });

  it.each([
    ['other groups', [OTHERS]],
    ['no group', []],
    ['names instead of ids', ['Finance', 'contoso\\finance']],
    ['no claim', undefined],
    ['null', null],
  ])('are none with %s', async (_name, groups) => {
    expect(held(await verify(delegatedClaims({ groups })))).toEqual({ roles: [] });
  });

  it('are none for an application, whatever groups its token names', async () => {
    const caller = await verify(appOnlyClaims({ groups: [FINANCE], hasgroups: true }));
    expect(caller).toMatchObject({ kind: 'app-only', permissions: new Set(['Expenses.Read.All']) });
    expect(held(caller)).toEqual({ roles: [] });
  });

  it('are none without the option', async () => {
    const { caller } = await tenant
      .authentication()
      .verify(sign(delegatedClaims({ groups: [FINANCE], hasgroups: true })));
    expect(held(caller)).toEqual({ roles: [] });
  });

  it.each([[FINANCE], [7], [{}], [[FINANCE, 7]], [true]])('groups %j refuse the token', async (groups) => {
    expect(await refusal(authentication.verify(sign(delegatedClaims({ groups }))))).toBe('PERMISSION_CLAIM_INVALID');
  });
});

describe('groups that a token leaves out', () => {
  it.each<[string, object]>([
    [
      'a reference',
      { _claim_names: { groups: 'src1' }, _claim_sources: { src1: { endpoint: 'https://example.com' } } },
    ],
    ['hasgroups', { hasgroups: true }],
    ['hasgroups as a text', { hasgroups: 'true' }],
    ...['True', 'TRUE', 'yes', '', '1', 1, 0, {}, [], [false]].map(
      (hasgroups) => [`hasgroups ${JSON.stringify(hasgroups)}`, { hasgroups }] as [string, object],
    ),
    ...[
      'groups',
      '{"groups":"src1"}',
      '',
      ['groups'],
      [],
      7,
      true,
      { Groups: 'src1' },
      { GROUPS: 7 },
      { groups: null },
    ].map((names) => [`_claim_names ${JSON.stringify(names)}`, { _claim_names: names }] as [string, object]),
    ['hasgroups beside some of them', { hasgroups: true, groups: [FINANCE] }],
  ])('leave roles undecided: %s', async (_name, overage) => {
    const caller = await verify(delegatedClaims({ ...overage, roles: ['Auditor'] }));
    expect(held(caller)).toEqual({ roles: ['Auditor'], undecided: ['Finance'] });
  });

  it('leave nothing undecided where the token has every role', async () => {
    const caller = await verify(delegatedClaims({ hasgroups: true, roles: ['Auditor', 'Finance'] }));
    expect(held(caller)).toEqual({ roles: ['Auditor', 'Finance'] });
  });

  it.each([
    [{ _claim_names: { other: 'src1' } }],
    [{ _claim_names: {} }],
    [{ _claim_names: null }],
    [{ hasgroups: false }],
    [{ hasgroups: 'false' }],
    [{ hasgroups: null }],
  ])('are not stated by %j', async (claims) => {
    expect(held(await verify(delegatedClaims(claims)))).toEqual({ roles: [] });
  });
});

describe('an explanation', () => {
  it.each([
    [{ groups: [OTHERS] }, `["${OTHERS}"]`, true],
    [{ groups: 'finance' }, '"finance"', false],
    [{ hasgroups: true }, 'too many to list', true],
  ])('shows the groups of %j', async (claims, found, passed) => {
    const { checks } = await authentication.explain(sign(delegatedClaims(claims)));
    expect(checks.find(({ check }) => check === 'groups')).toMatchObject({ found, passed });
  });

  it('says what overage means where groups give roles and where they do not', async () => {
    const token = sign(delegatedClaims({ hasgroups: true }));
    const { notes } = await authentication.explain(token);
    expect(notes).toEqual([expect.stringContaining('ENTRA_GROUP_ROLES')]);
    const without = await tenant.authentication().explain(token);
    expect(without.notes).toEqual([expect.stringContaining('Groups decide nothing here')]);
    expect(without.checks.map(({ check }) => check)).not.toContain('groups');
    const { checks } = await authentication.explain('nothing');
    expect(checks.find(({ check }) => check === 'groups')).toMatchObject({ passed: undefined });
  });
});
