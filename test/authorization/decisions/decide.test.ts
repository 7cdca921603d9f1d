import { describe, expect, it } from 'vitest';
import { decide } from '../../../src/authorization/decisions/decide.js';
import { createClause, type StaticRequirement } from '../../../src/authorization/requirements/requirement.js';
import { application, user } from '../harness.js';

const requirement = (change: Partial<StaticRequirement>): StaticRequirement => ({
  id: 0,
  isPublic: false,
  delegated: [],
  app: 'never',
  ...change,
});
const code = (decision: ReturnType<typeof decide>) => (decision.kind === 'allowed' ? 'allowed' : decision.code);
const scopes = (...anyOf: string[][]) => requirement({ delegated: [createClause('scope', anyOf)] });

describe('decide', () => {
  it('allows everybody what is public', () => {
    expect(code(decide(requirement({ isPublic: true }), undefined))).toBe('allowed');
  });

  it('tells a missing token from missing scopes', () => {
    expect(code(decide(scopes(['a']), undefined))).toBe('UNAUTHENTICATED');
    expect(code(decide(scopes(['a']), user()))).toBe('FORBIDDEN');
  });

  it.each([
    [[], 'FORBIDDEN'],
    [['a'], 'FORBIDDEN'],
    [['a', 'b'], 'allowed'],
    [['c'], 'allowed'],
    [['b', 'c'], 'allowed'],
  ])('[["a","b"],["c"]] with %j is %s', (held, expected) => {
    expect(code(decide(scopes(['a', 'b'], ['c']), user({ scopes: held })))).toBe(expected);
  });

  it.each(['Expenses.Rea', 'Expenses.Read.All', 'expenses.read', ' Expenses.Read', 'Expenses.Read Other'])(
    'the scope %j does not stand for Expenses.Read',
    (held) => {
      expect(code(decide(scopes(['Expenses.Read']), user({ scopes: [held] })))).toBe('FORBIDDEN');
    },
  );

  it('does not take a role for a scope of the same name', () => {
    expect(code(decide(scopes(['a']), user({ roles: ['a'] })))).toBe('FORBIDDEN');
  });

  it('asks for every clause', () => {
    const both = requirement({ delegated: [createClause('scope', [['s']]), createClause('role', [['r']])] });
    expect(code(decide(both, user({ scopes: ['s'] })))).toBe('FORBIDDEN');
    expect(code(decide(both, user({ scopes: ['s'], roles: ['r'] })))).toBe('allowed');
  });

  it('says what is missing, and only that', () => {
    const both = requirement({ delegated: [createClause('scope', [['s']]), createClause('role', [['r']])] });
    expect(decide(both, user({ scopes: ['s'] }))).toMatchObject({ missing: [{ kind: 'role', anyOf: [['r']] }] });
  });
});

describe('decide, step-up', () => {
  const stepUp = requirement({ delegated: [createClause('role', [['r']]), createClause('authContext', [['c1']])] });

  it('asks for it when it is all that is missing', () => {
    expect(code(decide(stepUp, user({ roles: ['r'] })))).toBe('INSUFFICIENT_CLAIMS');
  });

  it('does not ask for it when something else is missing too', () => {
    expect(code(decide(stepUp, user()))).toBe('FORBIDDEN');
  });

  it('is content with the context', () => {
    expect(code(decide(stepUp, user({ roles: ['r'], authContexts: ['c1'] })))).toBe('allowed');
  });

  it('does not take one context for another', () => {
    expect(code(decide(stepUp, user({ roles: ['r'], authContexts: ['c2'] })))).toBe('INSUFFICIENT_CLAIMS');
  });
});

describe('decide, applications', () => {
  const permission = requirement({ app: [createClause('permission', [['p']])] });

  it('allows one with the permission', () => {
    expect(code(decide(permission, application('p')))).toBe('allowed');
  });

  it('denies one without', () => {
    expect(code(decide(permission, application('q')))).toBe('FORBIDDEN');
  });

  it('denies an application where only users may, whatever it was granted', () => {
    expect(code(decide(scopes(['a']), application('a')))).toBe('FORBIDDEN');
  });

  it('does not take a user’s role for a permission', () => {
    const usersNeedToo = requirement({ delegated: [createClause('permission', [['p']])], app: [] });
    expect(code(decide(usersNeedToo, user({ roles: ['p'], scopes: ['p'], authContexts: ['p'] })))).toBe('FORBIDDEN');
  });

  it('does not take a permission for anything else', () => {
    const appNeedsScope = requirement({ app: [createClause('scope', [['p']])] });
    expect(code(decide(appNeedsScope, application('p')))).toBe('FORBIDDEN');
  });
});

describe('a user whose token leaves groups out', () => {
  const undecided = (held: Parameters<typeof user>[0] = {}) => ({ ...user(held), undecidedRoles: new Set(['r', 't']) });
  const role = (...anyOf: string[][]) => createClause('role', anyOf);
  const withRoles = (...anyOf: string[][]) => requirement({ delegated: [role(...anyOf)] });

  it.each([
    ['a role that groups may give', withRoles(['r']), 'SERVICE_UNAVAILABLE'],
    ['both roles that groups may give', withRoles(['r', 't']), 'SERVICE_UNAVAILABLE'],
    ['a role that no group gives', withRoles(['other']), 'FORBIDDEN'],
    ['such a role beside one of a group', withRoles(['r', 'other']), 'FORBIDDEN'],
    ['one of the two', withRoles(['other'], ['r']), 'SERVICE_UNAVAILABLE'],
    ['a role of the token or of a group', withRoles(['held'], ['r']), 'allowed'],
    ['a missing scope too', requirement({ delegated: [role(['r']), createClause('scope', [['s']])] }), 'FORBIDDEN'],
    [
      'a step-up too, which comes last',
      requirement({ delegated: [role(['r']), createClause('authContext', [['c1']])] }),
      'SERVICE_UNAVAILABLE',
    ],
    ['a step-up alone', requirement({ delegated: [createClause('authContext', [['c1']])] }), 'INSUFFICIENT_CLAIMS'],
  ])('%s', (_name, asked, expected) => {
    expect(code(decide(asked, undecided({ roles: ['held'] })))).toBe(expected);
  });

  it('is only told what is certainly missing when it is denied', () => {
    const scope = createClause('scope', [['s']]);
    const decision = decide(requirement({ delegated: [role(['r']), scope] }), undecided());
    expect(decision).toEqual({ kind: 'denied', code: 'FORBIDDEN', missing: [scope] });
  });
});
