import { describe, expect, it } from 'vitest';
import { AUTHORIZATION_LIMITS } from '../../../src/authorization/limits.js';
import { diffPermissions } from '../../../src/authorization/permissions/permission-diff.js';
import {
  describeHolders,
  EVERYONE,
  holdersOf,
  isHeldBy,
} from '../../../src/authorization/permissions/permission-holders.js';
import { requirementOf } from '../../../src/authorization/permissions/permission-matrix.js';
import type { RequirementTable } from '../../../src/authorization/requirements/requirement-table.js';
import { compileRequirements } from '../../../src/authorization/rules/compile-requirements.js';
import { schemaOf } from '../harness.js';

const compile = (rules: string) => compileRequirements(schemaOf(`type Query { a: Int ${rules} }`));

/** Returns the names of the callers who may use a field with these rules. */
function holders(rules: string) {
  const table: RequirementTable = compile(rules);
  const field = table.fields.get('Query.a');
  if (!field) throw new Error('The field is missing in the table.');
  return holdersOf(requirementOf(table, field), field.policies);
}

const scope = (name: string) => ({ kind: 'scope', name });
const role = (name: string) => ({ kind: 'role', name });
const users = (rules: string) =>
  holders(rules)
    .filter(({ kind }) => kind === 'user')
    .map(({ holds }) => holds);

describe('holdersOf', () => {
  it('returns everyone for what is public', () => {
    expect(holders('@public')).toEqual([
      { kind: 'anonymous', holds: [] },
      { kind: 'user', holds: [] },
      { kind: 'application', holds: [] },
    ]);
  });

  it('returns users and applications that hold nothing for what needs a verified caller', () => {
    expect(holders('@authenticated')).toEqual([
      { kind: 'user', holds: [] },
      { kind: 'application', holds: [] },
    ]);
  });

  it('are applications only where permissions are named for them', () => {
    expect(holders('@requiresScopes(scopes: [["x"]])')).toEqual([{ kind: 'user', holds: [scope('x')] }]);
    expect(holders('@requiresScopes(scopes: [["x"]]) @allowsApps(permissions: [["p"]])')).toEqual([
      { kind: 'user', holds: [scope('x')] },
      { kind: 'application', holds: [{ kind: 'permission', name: 'p' }] },
    ]);
  });

  it('hold one alternative of each clause', () => {
    expect(users('@requiresScopes(scopes: [["x"], ["y"]]) @requiresRoles(roles: [["r", "s"]])')).toEqual([
      [scope('x'), role('r'), role('s')],
      [scope('y'), role('r'), role('s')],
    ]);
  });

  it('hold a scope and a role of the same name, which are two things', () => {
    expect(users('@requiresScopes(scopes: [["x"]]) @requiresRoles(roles: [["x"]])')).toEqual([[scope('x'), role('x')]]);
  });

  it('hold a policy as something apart, as applications do', () => {
    const policy = { kind: 'policy', name: 'p' };
    expect(holders('@policy(policies: [["p"]])')).toEqual([
      { kind: 'user', holds: [policy] },
      { kind: 'application', holds: [policy] },
    ]);
  });

  it('are the least ones, before or after those who hold more', () => {
    const two = (first: string, second: string) =>
      holdersOf(
        {
          id: 0,
          isPublic: false,
          app: 'never',
          delegated: [
            { kind: 'scope', anyOf: [[first], [second]] },
            { kind: 'scope', anyOf: [['y'], ['z']] },
          ],
        },
        [],
      ).map(({ holds }) => holds);
    expect(two('x', 'y')).toEqual([[scope('x'), scope('z')], [scope('y')]]);
    expect(two('y', 'x')).toEqual([[scope('y')], [scope('x'), scope('z')]]);
  });

  it('that hold the same in another order are one', () => {
    const clauses = [
      { kind: 'scope', anyOf: [['x'], ['y']] },
      { kind: 'scope', anyOf: [['y'], ['x']] },
    ] as const;
    const requirement = { id: 0, isPublic: false, delegated: clauses, app: 'never' } as const;
    expect(holdersOf(requirement, []).map(({ holds }) => holds)).toEqual([[scope('x')], [scope('y')]]);
  });
});

describe('holders of rules with very many combinations', () => {
  const many = (directive: string, argument: string, count: number) =>
    `@${directive}(${argument}: ${JSON.stringify(Array.from({ length: count }, (_, index) => [`${argument}${index}`]))})`;
  const scopes = (count: number) => many('requiresScopes', 'scopes', count);
  const roles = (count: number) => many('requiresRoles', 'roles', count);
  const change = (before: string, after: string) => {
    const [found] = diffPermissions(compile(before), compile(after));
    return found && { gained: found.gained.length, lost: found.lost.length };
  };

  it('are all listed up to a thousand', () => {
    expect(users(`${scopes(40)} ${roles(25)}`)).toHaveLength(AUTHORIZATION_LIMITS.permissionHolders.default);
  });

  it('are not multiplied out beyond', () => {
    const found = users(`${scopes(40)} ${roles(26)}`);
    expect(found).toHaveLength(40);
    expect(found[0]?.[1]?.name).toMatch(/^roles0 or roles1 or roles10 or /);
  });

  it('hold the whole clause under a name that says it', () => {
    const list = [['a', 'b'], ...Array.from({ length: 25 }, (_, index) => [`z${index}`])];
    const [first] = users(`${scopes(40)} @requiresRoles(roles: ${JSON.stringify(list)})`);
    expect(first?.[1]).toEqual(role(`a and b or ${list.slice(1).flat().sort().join(' or ')}`));
  });

  it('hold the same clause whatever the order it is written in', () => {
    const ordered = JSON.stringify(Array.from({ length: 26 }, (_, index) => ['b', `a${index}`]));
    const reversed = JSON.stringify(Array.from({ length: 26 }, (_, index) => [`a${25 - index}`, 'b']));
    const with26 = (list: string) => `${scopes(40)} @requiresRoles(roles: ${list})`;
    expect(change(with26(ordered), with26(reversed))).toBeUndefined();
  });

  it('gain by one more alternative, which must not go unnoticed', () => {
    expect(change(`${scopes(40)} ${roles(26)}`, `${scopes(40)} ${roles(27)}`)?.gained).toBe(40);
  });
});

describe('EVERYONE', () => {
  it('is who may use what is public', () => {
    expect(EVERYONE).toEqual(holders('@public'));
  });
});

describe('isHeldBy', () => {
  it.each([
    ['just that', { kind: 'user', holds: [{ kind: 'scope', name: 'x' }] }, true],
    [
      'more',
      {
        kind: 'user',
        holds: [
          { kind: 'role', name: 'r' },
          { kind: 'scope', name: 'x' },
        ],
      },
      true,
    ],
    ['nothing', { kind: 'user', holds: [] }, false],
    ['another scope', { kind: 'user', holds: [{ kind: 'scope', name: 'y' }] }, false],
    ['a role of that name', { kind: 'user', holds: [{ kind: 'role', name: 'x' }] }, false],
    ['that, but is an application', { kind: 'application', holds: [{ kind: 'scope', name: 'x' }] }, false],
  ] as const)('of a caller with %s', (_what, candidate, expected) => {
    expect(isHeldBy([{ kind: 'user', holds: [{ kind: 'scope', name: 'x' }] }], candidate)).toBe(expected);
  });

  it('is false without holders', () => {
    expect(isHeldBy([], { kind: 'user', holds: [] })).toBe(false);
  });
});

describe('describeHolders', () => {
  it('says users and applications, and what they hold', () => {
    const rules = '@requiresScopes(scopes: [["x"]]) @requiresRoles(roles: [["r"]]) @allowsApps(permissions: [["p"]])';
    expect(describeHolders(holders(rules))).toEqual([
      'users with scope x; role r',
      'applications with application permission p',
    ]);
  });

  it('says all of them where nothing has to be held', () => {
    expect(describeHolders(holders('@authenticated'))).toEqual(['all users', 'all applications']);
  });

  it('says everyone where no token is needed', () => {
    expect(describeHolders(holders('@public'))).toEqual(['everyone']);
  });
});
