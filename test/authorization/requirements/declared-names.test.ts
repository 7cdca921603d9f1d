import { describe, expect, it } from 'vitest';
import { declaredNames } from '../../../src/authorization/requirements/declared-names.js';
import { compileRequirements } from '../../../src/authorization/rules/compile-requirements.js';
import { schemaOf } from '../harness.js';

const scopesOf = (sdl: string) => declaredNames(compileRequirements(schemaOf(sdl))).scopes;

describe('the scopes that a schema declares', () => {
  it('lists the scopes of all rules, sorted and once', () => {
    const sdl = `type Query { a: Int @requiresScopes(scopes: [["c", "a"], ["b"]]) b: Int @requiresScopes(scopes: [["a"]]) }`;
    expect(scopesOf(sdl)).toEqual(['a', 'b', 'c']);
  });

  it('lists no role and no permission', () => {
    const sdl = `type Query { a: Int @requiresRoles(roles: [["r"]]) @allowsApps(permissions: [["p"]]) }`;
    expect(scopesOf(sdl)).toEqual([]);
  });
});
