import { describe, expect, it, vi } from 'vitest';
import { decide } from '../../../src/authorization/decisions/decide.js';
import { createDecisions } from '../../../src/authorization/decisions/decisions.js';
import { AUTHORIZATION_LIMITS } from '../../../src/authorization/limits.js';
import {
  type ApplicationClauses,
  type Clause,
  type Clauses,
  createClause,
  type StaticRequirement,
} from '../../../src/authorization/requirements/requirement.js';
import { application, user } from '../harness.js';

const everybody: StaticRequirement = { id: 0, isPublic: true, delegated: [], app: [] };
const tableOf = (...halves: (readonly [Clauses, ApplicationClauses])[]): readonly StaticRequirement[] =>
  halves.map(([delegated, app], id) => ({ id, isPublic: false, delegated, app }));
const needsRole = (name: string) => [[createClause('role', [[name]])], 'never'] as const;

describe('allows', () => {
  const halves: readonly Clauses[] = [
    [],
    [createClause('scope', [['a']])],
    [createClause('role', [['a']])],
    [createClause('authContext', [['c1']])],
    [createClause('permission', [['a']])],
    [createClause('scope', [['a', 'b']])],
    [createClause('scope', [['a'], ['b']])],
    [createClause('permission', [['a', 'b'], ['c']])],
    [createClause('scope', [['a']]), createClause('role', [['a']])],
    [createClause('scope', [['a']]), createClause('role', [['a'], ['b']]), createClause('authContext', [['c1']])],
  ];
  const names = [[], ['a'], ['b'], ['c'], ['a', 'b']];
  const callers = [
    undefined,
    ...names.flatMap((scopes) =>
      names.flatMap((roles) => [[], ['c1']].map((authContexts) => user({ scopes, roles, authContexts }))),
    ),
    ...names.map((permissions) => application(...permissions)),
  ];
  const table: readonly StaticRequirement[] = [
    everybody,
    ...tableOf([[], 'never'], ...halves.flatMap((half) => halves.map((app) => [half, app] as const))),
  ];

  it('says what decide says, the first time and the next', () => {
    const decisions = createDecisions(table);
    const differing = callers.flatMap((caller) =>
      table.flatMap((requirement, id) => {
        const expected = decide(requirement, caller).kind === 'allowed';
        const answers = [decisions.allows(id, caller), decisions.allows(id, caller)];
        return answers.every((answer) => answer === expected) ? [] : [{ caller, requirement, answers }];
      }),
    );
    expect(differing).toEqual([]);
  });

  it('is in words what decide says', () => {
    const decisions = createDecisions(table);
    for (const caller of callers) {
      expect(table.map((_, id) => decisions.decide(id, caller))).toEqual(table.map((each) => decide(each, caller)));
    }
  });

  it('has one object for denials of all callers that say the same', () => {
    const decisions = createDecisions(tableOf(needsRole('r')));
    expect(decisions.decide(0, user())).toBe(decisions.decide(0, user({ roles: ['s'] })));
    expect(decisions.decide(0, user())).not.toBe(decisions.decide(0, undefined));
  });

  it('keeps so many denials of a rule, and makes one more again', () => {
    const most = AUTHORIZATION_LIMITS.sharedDecisions.default;
    const names = ['a', 'b', 'c', 'd', 'e'];
    const decisions = createDecisions(tableOf([names.map((name) => createClause('role', [[name]])), 'never']));
    // Each caller lacks others of the roles.
    const decideFor = (nth: number) => decisions.decide(0, user({ roles: names.filter((_, bit) => (nth >> bit) & 1) }));
    const first = Array.from({ length: most + 1 }, (_, nth) => decideFor(nth));
    expect(first.map((decision, nth) => decision === decideFor(nth))).toEqual([...Array(most).fill(true), false]);
  });

  it('asks a caller once for what it holds', () => {
    const decisions = createDecisions(tableOf(needsRole('r')));
    const caller = user({ roles: ['r'] });
    const has = vi.spyOn(caller.roles, 'has');
    expect([decisions.allows(0, caller), decisions.allows(0, caller)]).toEqual([true, true]);
    expect(has).toHaveBeenCalledTimes(1);
  });

  it('does not answer one caller with what another may', () => {
    const decisions = createDecisions(tableOf(needsRole('r')));
    expect(decisions.allows(0, user({ roles: ['r'] }))).toBe(true);
    expect(decisions.allows(0, user())).toBe(false);
    expect(decisions.allows(0, undefined)).toBe(false);
  });

  it('does not answer one requirement with another, however many there are', () => {
    const decisions = createDecisions(tableOf(...Array.from({ length: 200 }, (_, id) => needsRole(`r${id}`))));
    const caller = user({ roles: ['r0', 'r31', 'r32', 'r64', 'r127', 'r190'] });
    const allowed = () => Array.from({ length: 200 }, (_, id) => id).filter((id) => decisions.allows(id, caller));
    expect(allowed()).toEqual([0, 31, 32, 64, 127, 190]);
    expect(allowed()).toEqual([0, 31, 32, 64, 127, 190]);
  });

  it('denies everybody a requirement without an alternative', () => {
    const without: Clause = { kind: 'role', anyOf: [] };
    expect(createDecisions(tableOf([[without], 'never'])).allows(0, user())).toBe(false);
  });
});

describe('allowsAll', () => {
  const decisions = createDecisions([everybody, ...tableOf(needsRole('a'), needsRole('b'))]);

  it.each([
    [[], [1, 2], false],
    [['a'], [1, 2], false],
    [['b'], [1, 2], false],
    [['a', 'b'], [0, 1, 2], true],
    [['a'], [0, 1], true],
    [[], [], true],
  ])('a user with %j: %j is %s', (roles, ids, expected) => {
    expect(decisions.allowsAll(new Set(ids), user({ roles }))).toBe(expected);
  });

  it.each([
    [[0], true],
    [[0, 1], false],
    [[1, 0], false],
    [[], true],
  ])('nobody: %j is %s', (ids, expected) => {
    expect(decisions.allowsAll(new Set(ids), undefined)).toBe(expected);
  });
});

describe('a requirement of another table', () => {
  const decisions = createDecisions(tableOf(needsRole('a')));
  const refusal = new TypeError('Requirement 7 does not exist.');

  it.each([
    ['a user', user({ roles: ['a'] })],
    ['an application', application('a')],
    ['nobody', undefined],
  ] as const)('throws for %s', (_, caller) => {
    expect(() => decisions.allows(7, caller)).toThrow(refusal);
    expect(() => decisions.allowsAll(new Set([7]), caller)).toThrow(refusal);
    expect(() => decisions.decide(7, caller)).toThrow(refusal);
  });
});
