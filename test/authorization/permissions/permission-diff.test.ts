import { describe, expect, it } from 'vitest';
import { diffPermissions } from '../../../src/authorization/permissions/permission-diff.js';
import { describeHolders } from '../../../src/authorization/permissions/permission-holders.js';
import { renderDiffAsMarkdown } from '../../../src/authorization/permissions/render-permission-diff.js';
import { compileRequirements } from '../../../src/authorization/rules/compile-requirements.js';
import { schemaOf } from '../harness.js';

const compile = (sdl: string) => compileRequirements(schemaOf(sdl));
const diff = (before: string, after: string) =>
  diffPermissions(compile(before), compile(after)).map(({ coordinate, change, gained, lost }) => ({
    coordinate,
    change,
    gained: describeHolders(gained),
    lost: describeHolders(lost),
  }));
const field = (rules: string) => `type Query { a: Int ${rules} }`;

describe('diffPermissions', () => {
  it('finds nothing between equal schemas', () => {
    expect(diff(field('@public'), field('@public'))).toEqual([]);
  });

  it('tells who gains when a rule is loosened', () => {
    const after = field('@requiresScopes(scopes: [["a"], ["b"]])');
    expect(diff(field('@requiresScopes(scopes: [["a"]])'), after)).toEqual([
      { coordinate: 'Query.a', change: 'changed', gained: ['users with scope b'], lost: [] },
    ]);
  });

  it('tells who loses when a rule is tightened', () => {
    const after = field('@requiresScopes(scopes: [["a"]]) @requiresRoles(roles: [["r"]])');
    expect(diff(field('@requiresScopes(scopes: [["a"]])'), after)).toEqual([
      { coordinate: 'Query.a', change: 'changed', gained: [], lost: ['users with scope a'] },
    ]);
  });

  it('tells both when a rule is replaced', () => {
    expect(diff(field('@requiresScopes(scopes: [["a"]])'), field('@requiresRoles(roles: [["r"]])'))).toMatchObject([
      { gained: ['users with role r'], lost: ['users with scope a'] },
    ]);
  });

  it('tells what applications gain', () => {
    const after = field('@requiresScopes(scopes: [["a"]]) @allowsApps(permissions: [["p"]])');
    expect(diff(field('@requiresScopes(scopes: [["a"]])'), after)).toMatchObject([
      { gained: ['applications with application permission p'], lost: [] },
    ]);
  });

  it('tells that a field was opened to everyone', () => {
    expect(diff(field('@authenticated'), field('@public'))).toMatchObject([{ gained: ['everyone'], lost: [] }]);
  });

  it('tells that a public field was closed', () => {
    expect(diff(field('@public'), field('@authenticated'))).toMatchObject([{ gained: [], lost: ['everyone'] }]);
  });

  it('counts a policy like something to hold', () => {
    expect(diff(field('@authenticated'), field('@policy(policies: [["self"]])'))).toMatchObject([
      { gained: [], lost: ['all users', 'all applications'] },
    ]);
  });

  it('does not take another way of writing for a change', () => {
    const before = 'type Query { a: A @requiresScopes(scopes: [["x"], ["y"]]) } type A { b: Int }';
    const after = `type Query @requiresScopes(scopes: [["y"], ["x"], ["x", "z"]]) { a: A } type A { b: Int }`;
    expect(diff(before, after)).toEqual([]);
  });

  it('sees through rules that mean the same together', () => {
    const before = `type Query @requiresScopes(scopes: [["x"], ["y"]]) { a: Int @requiresScopes(scopes: [["x"], ["z"]]) }`;
    expect(diff(before, field('@requiresScopes(scopes: [["x"], ["y", "z"]])'))).toEqual([]);
  });

  it('names each group of holders once', () => {
    const sdl = `type Query @requiresScopes(scopes: [["a"], ["b"]]) {
      x: A @requiresScopes(scopes: [["b"], ["c"]]) } type A @requiresScopes(scopes: [["a"], ["c"]]) { y: Int }`;
    const changes = diff(
      'type Query { z: A @authenticated } type A @requiresScopes(scopes: [["a"], ["c"]]) { y: Int }',
      sdl,
    );
    expect(changes.find(({ coordinate }) => coordinate === 'Query.x')?.gained).toEqual([
      'users with scope a; scope b',
      'users with scope a; scope c',
      'users with scope b; scope c',
    ]);
  });

  it('tells of a new field who may use it, and of a removed one who could', () => {
    const more = 'type Query { a: Int @public b: Int @requiresRoles(roles: [["r"]]) }';
    expect(diff(field('@public'), more)).toEqual([
      { coordinate: 'Query.b', change: 'added', gained: ['users with role r'], lost: [] },
    ]);
    expect(diff(more, field('@public'))).toEqual([
      { coordinate: 'Query.b', change: 'removed', gained: [], lost: ['users with role r'] },
    ]);
  });

  it('tells that an argument is protected now, and no longer', () => {
    const open = 'type Query { a(x: Int): Int @public }';
    const closed = 'type Query { a(x: Int @requiresRoles(roles: [["r"]])): Int @public }';
    expect(diff(open, closed)).toEqual([
      { coordinate: 'Query.a(x:)', change: 'changed', gained: [], lost: ['everyone'] },
    ]);
    expect(diff(closed, open)).toEqual([
      { coordinate: 'Query.a(x:)', change: 'changed', gained: ['everyone'], lost: [] },
    ]);
  });

  it('tells of a new protected argument or input field who may use it, and of a removed one who could', () => {
    const without = 'type Query { a(f: F): Int @public } input F { y: Int }';
    const rule = '@requiresRoles(roles: [["r"]])';
    const withBoth = `type Query { a(f: F x: Int ${rule}): Int @public } input F { y: Int x: Int ${rule} }`;
    const coordinates = ['F.x', 'Query.a(x:)'];
    expect(diff(without, withBoth)).toEqual(
      coordinates.map((coordinate) => ({ coordinate, change: 'added', gained: ['users with role r'], lost: [] })),
    );
    expect(diff(withBoth, without)).toEqual(
      coordinates.map((coordinate) => ({ coordinate, change: 'removed', gained: [], lost: ['users with role r'] })),
    );
  });

  it('tells that an input field is protected now', () => {
    const input = (rules: string) => `type Query { a(f: F): Int @public } input F { x: Int ${rules} }`;
    expect(diff(input(''), input('@requiresRoles(roles: [["r"]])'))).toMatchObject([
      { coordinate: 'F.x', change: 'changed', lost: ['everyone'] },
    ]);
  });

  it('takes a protected argument of a new field for new', () => {
    const after = 'type Query { a: Int @public b(x: Int @requiresRoles(roles: [["r"]])): Int @public }';
    expect(diff(field('@public'), after)).toContainEqual({
      coordinate: 'Query.b(x:)',
      change: 'added',
      gained: ['users with role r'],
      lost: [],
    });
  });

  it('tells what an implementer that is added takes away on its interface, and gives back when it is removed', () => {
    const one = `type Query { i: I @public } interface I { x: Int } type A implements I { x: Int }`;
    const two = `${one} type B implements I @requiresRoles(roles: [["r"]]) { x: Int }`;
    const lost = ['all users', 'all applications'];
    expect(diff(one, two)).toContainEqual({
      coordinate: 'I.x',
      change: 'changed',
      gained: [],
      lost,
    });
    expect(diff(two, one).find(({ coordinate }) => coordinate === 'I.x')?.gained).toEqual(lost);
  });

  it('tells what a protected argument of an added implementer takes away on each of its interfaces', () => {
    const one = `type Query { i: I @public } interface I { x(a: Int): Int } interface J implements I { x(a: Int): Int }
      type A implements I & J { x(a: Int): Int }`;
    const two = `${one} type B implements I & J { x(a: Int @requiresRoles(roles: [["r"]])): Int }`;
    const changes = diff(one, two).filter(({ coordinate }) => /^[IJ]/.test(coordinate));
    expect(changes).toEqual(
      ['I.x(a:)', 'J.x(a:)'].map((coordinate) => ({ coordinate, change: 'changed', gained: [], lost: ['everyone'] })),
    );
  });

  it.each([
    ['needs no more', ''],
    ['has a policy for its own objects', '@policy(policies: [["own"]])'],
  ])('says nothing of an interface whose new implementer %s', (_more, rule) => {
    const one = `type Query { i: I @public } interface I { x: Int } type A implements I { x: Int }`;
    const changes = diff(one, `${one} type B implements I ${rule} { x: Int }`);
    expect(changes.map(({ coordinate }) => coordinate)).toEqual(['B.x']);
  });

  it('leaves out what follows on interfaces', () => {
    const sdl = (rule: string) =>
      `type Query { i: I @public } interface I { f(x: Int): Int } type A implements I { f(x: Int ${rule}): Int ${rule} }`;
    const coordinates = diff(sdl(''), sdl('@requiresRoles(roles: [["r"]])')).map(({ coordinate }) => coordinate);
    expect(coordinates).toEqual(['A.f', 'A.f(x:)']);
  });
});

describe('renderDiffAsMarkdown', () => {
  const render = (before: string, after: string) =>
    renderDiffAsMarkdown(diffPermissions(compile(before), compile(after)));

  it('has a line for each coordinate', () => {
    expect(render(field('@requiresScopes(scopes: [["a"]])'), field('@requiresRoles(roles: [["r"]])'))).toBe(
      '- `Query.a` changed; gained by **users with role r**; lost by **users with scope a**\n',
    );
  });

  it('tells several changes and holders one after the other', () => {
    const rules = '@requiresScopes(scopes: [["a"], ["b"]])';
    expect(render(field('@public'), `type Query { b: Int ${rules} c: Int @public }`)).toBe(
      [
        '- `Query.a` removed; lost by **everyone**',
        '- `Query.b` added; gained by **users with scope a**, **users with scope b**',
        '- `Query.c` added; gained by **everyone**\n',
      ].join('\n'),
    );
  });

  it('leaves out the side without callers', () => {
    expect(render(field('@authenticated'), field('@public'))).toBe('- `Query.a` changed; gained by **everyone**\n');
    const without = 'type Query { b: Int @public }';
    expect(render(`${field('@public')} extend ${without}`, without)).toBe(
      '- `Query.a` removed; lost by **everyone**\n',
    );
  });

  it('says of what was lost who kept it', () => {
    expect(render(field('@public'), field('@authenticated'))).toBe(
      '- `Query.a` changed; lost by **everyone else**; kept by **all users**, **all applications**\n',
    );
    const after = field('@requiresScopes(scopes: [["a"]]) @requiresRoles(roles: [["r"]])');
    expect(render(field('@requiresScopes(scopes: [["a"]])'), after)).toBe(
      '- `Query.a` changed; lost by **users with scope a**; kept by **users with scope a; role r**\n',
    );
  });

  it('says so when there is none', () => {
    expect(render(field('@public'), field('@public'))).toBe('No permission changes.\n');
  });
});
