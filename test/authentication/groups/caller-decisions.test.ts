import { describe, expect, it } from 'vitest';
import type { Caller, DelegatedCaller } from '../../../src/authentication/caller.js';
import { createCallerDecisions, type GroupQuestion } from '../../../src/authentication/groups/caller-decisions.js';
import { AUTHENTICATION_LIMITS } from '../../../src/authentication/limits.js';
import { createTenant, ids, NOW } from '../../support/tenant.js';

const FINANCE = 'aaaaaaaa-0000-4000-8000-000000000001';
const AUDITORS = 'aaaaaaaa-0000-4000-8000-000000000002';
const TOKEN = 'the access token';

/** A tenant whose directory gives prepared answers, and the questions it got. */
function arrange(
  answer: (question: GroupQuestion) => Promise<readonly string[]> = async () => [FINANCE.toUpperCase()],
) {
  const tenant = createTenant();
  const questions: GroupQuestion[] = [];
  const authentication = tenant.authentication({
    groupRoles: { [FINANCE]: ['Finance'], [AUDITORS]: ['Auditor'] },
    lookUpGroups: async (question) => {
      questions.push(question);
      return answer(question);
    },
  });
  const verify = async (claims: Record<string, unknown> = {}): Promise<Caller> =>
    (await authentication.verify(tenant.signAccessToken({ claims }))).caller;
  return { tenant, authentication, questions, verify };
}

const rolesOf = (caller: Caller) => {
  const { roles, undecidedRoles }: Partial<DelegatedCaller> = caller.kind === 'delegated' ? caller : {};
  return { roles: [...(roles ?? [])], undecided: undecidedRoles && [...undecidedRoles] };
};

describe('groups that a token leaves out', () => {
  it.each([
    ['overage', { hasgroups: true }],
    ['no claim', {}],
  ])('are looked up once for each remembered token: %s', async (_name, claims) => {
    const { authentication, questions, verify } = arrange();
    const caller = await verify({ ...claims, roles: ['Approver'], name: 'Erin' });
    expect(rolesOf(caller)).toEqual({ roles: ['Approver'], undecided: ['Finance', 'Auditor'] });
    const whole = await authentication.decideCaller(caller, TOKEN);
    expect(rolesOf(whole)).toEqual({ roles: ['Approver', 'Finance'] });
    expect(whole).toMatchObject({ kind: 'delegated', objectId: caller.objectId, claims: { name: 'Erin' } });
    expect([
      Object.isFrozen(whole),
      Object.keys(whole).includes('claims'),
      JSON.stringify(whole).includes(FINANCE),
    ]).toEqual([true, false, false]);
    expect(authentication.knownCaller(await verify({ ...claims, roles: ['Approver'], name: 'Erin' }))).toBe(whole);
    expect(await authentication.decideCaller(whole, TOKEN)).toBe(whole);
    expect(questions).toEqual([{ caller, groupIds: [FINANCE, AUDITORS], accessToken: TOKEN }]);
  });

  it('are asked for once by many operations at a time', async () => {
    const { authentication, questions, verify } = arrange();
    const caller = await verify();
    const decided = await Promise.all([1, 2, 3].map(() => authentication.decideCaller(caller, TOKEN)));
    expect([new Set(decided).size, questions.length]).toEqual([1, 1]);
  });

  it('are not looked up where the token has them, or the caller is an application', async () => {
    const { authentication, questions, verify } = arrange();
    const user = await verify({ groups: [] });
    const application = await verify({ scp: undefined, idtyp: 'app', roles: ['Read.All'] });
    expect(await authentication.decideCaller(user, TOKEN)).toBe(user);
    expect(await authentication.decideCaller(application, TOKEN)).toBe(application);
    expect(questions).toEqual([]);
  });

  it('stay undecided without a lookup', async () => {
    const tenant = createTenant();
    const authentication = tenant.authentication({ groupRoles: { [FINANCE]: ['Finance'] } });
    const { caller } = await authentication.verify(tenant.signAccessToken({ claims: { hasgroups: true } }));
    expect(await authentication.decideCaller(caller, TOKEN)).toBe(caller);
  });
});

describe('a failed lookup', () => {
  it('is remembered for a short while and logged once a minute, without the token', async () => {
    let isDown = true;
    const { tenant, authentication, questions, verify } = arrange(async () => {
      if (isDown) throw Object.assign(new Error('no answer'), { code: 'ECONNRESET' });
      return [FINANCE];
    });
    const caller = await verify();
    const waitMs = AUTHENTICATION_LIMITS.groupFailureSeconds.default * 1000;
    expect(await authentication.decideCaller(caller, TOKEN)).toBe(caller);
    tenant.clock.nowMs += waitMs - 1;
    expect(await authentication.decideCaller(caller, TOKEN)).toBe(caller);
    expect(questions).toHaveLength(1);
    tenant.clock.nowMs += 1;
    expect(await authentication.decideCaller(caller, TOKEN)).toBe(caller);
    expect(questions).toHaveLength(2);
    const lines = tenant.log.filter(({ message }) => message.startsWith('groups of a caller'));
    expect(lines).toMatchObject([{ level: 'warn', fields: { reason: 'no answer', code: 'ECONNRESET' } }]);
    expect(JSON.stringify(lines)).not.toContain(TOKEN);
    isDown = false;
    tenant.clock.nowMs += waitMs;
    expect(rolesOf(await authentication.decideCaller(caller, TOKEN)).roles).toEqual(['Finance']);
  });

  it('with something else than an error is one too', async () => {
    const { tenant, authentication, verify } = arrange(() => Promise.reject(undefined));
    const caller = await verify();
    expect(await authentication.decideCaller(caller, TOKEN)).toBe(caller);
    tenant.clock.nowMs += 60_000;
    await authentication.decideCaller(caller, TOKEN);
    const lines = tenant.log.filter(({ message }) => message.startsWith('groups of a caller'));
    expect(lines.map(({ fields }) => fields.reason)).toEqual(['an unknown reason', 'an unknown reason']);
  });
});

it.each([
  ['of all users', AUTHENTICATION_LIMITS.groupLookups.default, (nth: number) => `user ${nth}`],
  ['of one user', AUTHENTICATION_LIMITS.callerGroupLookups.default, () => 'user'],
])('as many lookups %s as allowed are under way, and no more', async (_of, maximum, user) => {
  let asked = 0;
  const { decide } = createCallerDecisions({
    groupRoles: new Map([[FINANCE, ['Finance']]]),
    lookUp: () => {
      asked += 1;
      return new Promise(() => {});
    },
    now: () => NOW * 1000,
    onFailure: () => {},
  });
  const { verify } = arrange();
  const caller = await verify();
  for (let nth = 0; nth < maximum; nth += 1) void decide({ ...caller, objectId: user(nth), claims: {} }, TOKEN);
  const another: Caller = { ...caller, objectId: user(maximum), claims: {} };
  expect(await decide(another, TOKEN)).toBe(another);
  expect(asked).toBe(maximum);
});

it('each of several authorities looks up the groups of its own callers', async () => {
  const tenant = createTenant();
  const authentication = tenant.authentication({
    groupRoles: { [FINANCE]: ['Finance'] },
    lookUpGroups: async () => [FINANCE],
    authorities: [{ name: 'customers', tenantId: ids.otherTenant, clientId: ids.api }],
  });
  const { caller } = await authentication.verify(tenant.signAccessToken());
  const other: Caller = { ...caller, authority: 'customers' };
  const decided = await authentication.decideCaller(caller, TOKEN);
  expect(rolesOf(decided)).toEqual({ roles: ['Finance'] });
  expect(authentication.knownCaller(caller)).toBe(decided);
  expect(await authentication.decideCaller(other, TOKEN)).toBe(other);
  expect(authentication.knownCaller({ ...other, authority: 'unknown' })).toMatchObject({ authority: 'unknown' });
});
