import { createRequire } from 'node:module';
import type * as GraphQLShield from 'graphql-shield';
import { describe, expect, it } from 'vitest';
import { createDecisions } from '../../../src/authorization/decisions/decisions.js';
import { createShieldRules, ruleAt } from '../../../src/authorization/guards/shield-rules.js';
import { renderShieldRules } from '../../../src/authorization/permissions/render-shield-rules.js';
import { createProtectedInputs } from '../../../src/authorization/requirements/protected-inputs.js';
import type { StaticRequirement } from '../../../src/authorization/requirements/requirement.js';
import { compileRequirements } from '../../../src/authorization/rules/compile-requirements.js';
import { schemaOf } from '../harness.js';

const { deny, shield }: typeof GraphQLShield = createRequire(import.meta.url)('graphql-shield');

function treeOf(sdl: string) {
  const schema = schemaOf(sdl);
  const table = compileRequirements(schema);
  const inputs = createProtectedInputs(schema, table.inputs);
  return { schema, tree: createShieldRules(table, inputs, createDecisions(table.requirements)) };
}

/** The rule of `Query.field` as it is printed. */
function ruleOf(rules: string): string {
  const more = 'scalar S @authenticated input I { x: Int @requiresRoles(roles: [["R"]]) }';
  const { tree } = treeOf(`type Query { field${rules} other(s: S, i: I): Int @authenticated } ${more}`);
  return (
    renderShieldRules({ Query: { field: Object(tree.Query).field } })
      .split('field: ')[1]
      ?.split(',\n')[0] ?? ''
  );
}

describe('the rule of a field', () => {
  it.each([
    [': Int @public', 'allow'],
    [': Int @authenticated', '"an access token"'],
    [': Int @requiresScopes(scopes: [["A"], ["B", "C"]])', '"scope A or (B and C)"'],
    [': Int @requiresScopes(scopes: [["A"]]) @requiresRoles(roles: [["R"]])', 'and("scope A", "role R")'],
    [
      ': Int @requiresScopes(scopes: [["A"]]) @allowsApps(permissions: [["P"]])',
      'or("scope A", "application permission P")',
    ],
    [': Int @authenticated @allowsApps(permissions: [["P"]])', 'or("a signed-in user", "application permission P")'],
    [': Int @requiresAuthContext(id: "c1")', '"authentication context c1"'],
    [': Int @authenticated @forbidsAgents', '"not an agent"'],
    [': Int @requiresScopes(scopes: [["A"]]) @forbidsAgents', 'and("not an agent", "scope A")'],
    [
      ': Int @requiresScopes(scopes: [["A"]]) @allowsApps(permissions: [["P"]]) @forbidsAgents',
      'and("not an agent", or("scope A", "application permission P"))',
    ],
    [
      '(a: Int @forbidsAgents): Int @authenticated',
      'and("an access token", "with argument a, a caller that is not an agent: closed to agents")',
    ],
    [': Int @policy(policies: [["p"], ["q"]])', 'and("an access token", "policy p or q")'],
    [
      '(a: Int @requiresRoles(roles: [["R"]])): Int @authenticated',
      'and("an access token", "with argument a, role R")',
    ],
    ['(a: S): Int @authenticated', 'and("an access token", "with argument a, an access token")'],
    ['(a: I): Int @authenticated', 'and("an access token", "with argument a, what its input fields need")'],
  ])('for "field%s" is %s', (rules, printed) => {
    expect(ruleOf(rules)).toBe(printed);
  });

  it('has the policies on its root type, and none on the type that it returns', () => {
    const { tree } = treeOf(
      'type Query @policy(policies: [["root"]]) { field: A } type A @policy(policies: [["a"]]) { x: Int }',
    );
    expect(renderShieldRules(tree)).toContain('field: and("an access token", "policy root")');
    expect(renderShieldRules(tree)).toContain('x: "an access token"');
  });

  it('says where an interface may need more', () => {
    const { tree } = treeOf(
      `type Query { n: N @authenticated } interface N { x: Int y: Int } type A implements N { x: Int y: Int @requiresRoles(roles: [["R"]]) }
       type B implements N { x: Int y: Int }`,
    );
    expect(Object.keys(tree)).toEqual(['Query', 'A', 'B']);
    expect(renderShieldRules({ B: tree.B ?? {} })).toBe(
      '{\n  B: {\n    x: "an access token",\n    y: and("an access token", "on an interface, what each of its types needs"),\n  },\n}\n',
    );
  });

  it('is deny where the tree has none', () => {
    const { tree } = treeOf('type Query { a: Int @public }');
    expect(ruleAt(tree, 'Query.b')).toBe(deny);
    expect(ruleAt(tree, 'Other.a')).toBe(deny);
    expect(ruleAt(tree, 'Query.constructor')).toBe(deny);
    expect(ruleAt(tree, 'constructor.constructor')).toBe(deny);
  });
});

describe('a requirement that no directive can make', () => {
  const fieldOf = (requirement: number) => {
    const element = { coordinate: 'Query.a', requirement, policies: [] };
    return { ...element, on: 'object' as const, beforehand: requirement < 0 ? [] : [element], returnsJudged: false };
  };
  const ruleFor = (halves: Pick<StaticRequirement, 'delegated' | 'app'>, requirement = 0) => {
    const none = { inputs: new Map(), inputNames: new Set<string>(), implementers: new Map(), objects: new Map() };
    const requirements = [{ id: 0, isPublic: false, ...halves }];
    const table = { requirements, fields: new Map([['Query.a', fieldOf(requirement)]]), ...none };
    const tree = createShieldRules(table, { argumentsOf: () => [] }, createDecisions(requirements));
    return renderShieldRules(tree).split('a: ')[1]?.split(',\n')[0];
  };

  it('leaves out an interface that nothing implements', () => {
    const requirements = [{ id: 0, isPublic: true, delegated: [], app: [] as const }];
    const none = { inputs: new Map(), inputNames: new Set<string>(), implementers: new Map(), objects: new Map() };
    const fields = new Map([['I.a', { ...fieldOf(0), on: 'interface' as const }]]);
    const table = { requirements, fields, ...none };
    expect(createShieldRules(table, { argumentsOf: () => [] }, createDecisions(requirements))).toEqual({});
  });

  it('closes a field to what it does not name', () => {
    const scope = { kind: 'scope' as const, anyOf: [['A']] };
    expect(ruleFor({ delegated: [], app: 'never' })).toBe('"a signed-in user"');
    expect(ruleFor({ delegated: [scope], app: [] })).toBe('or("scope A", "an application")');
    expect(ruleFor({ delegated: [], app: [] }, -1)).toBe('deny');
    expect(ruleFor({ delegated: [], app: [] }, 7)).toBe('deny');
  });
});

it('graphql-shield takes the tree as it is', () => {
  const { schema, tree } = treeOf(
    `type Query { a: Int @requiresScopes(scopes: [["A"]]) b(i: Int @requiresRoles(roles: [["R"]])): Int @policy(policies: [["p"]])
       constructor: Int @requiresScopes(scopes: [["A"]]) @requiresRoles(roles: [["R"]]) c: Int @policy(policies: [["p"]]) }`,
  );
  expect(() => shield(tree, { fallbackRule: deny } as GraphQLShieldOptions).generate(schema)).not.toThrow();
});

type GraphQLShieldOptions = Parameters<typeof shield>[1];
