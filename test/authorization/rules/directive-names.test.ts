import { buildSchema } from 'graphql';
import { describe, expect, it } from 'vitest';
import { compileRequirements } from '../../../src/authorization/rules/compile-requirements.js';
import { readDirectiveNames } from '../../../src/authorization/rules/directive-names.js';

const FEDERATION = 'https://specs.apollo.dev/federation/v2.6';
const linked = (link: string, rest = 'type Query { a: Int }') =>
  buildSchema(`extend schema ${link} ${rest}`, { assumeValid: true });
const nameOf = (link: string, name: string) => readDirectiveNames(linked(link)).get(name);

describe('readDirectiveNames', () => {
  it('knows the documented names without any link', () => {
    expect(nameOf('@other', 'requiresScopes')).toBe('requiresScopes');
  });

  it('knows a directive that was renamed on import', () => {
    const link = `@link(url: "${FEDERATION}", import: ["@key", {name: "@requiresScopes", as: "@scopes"}])`;
    expect(nameOf(link, 'scopes')).toBe('requiresScopes');
  });

  it('knows a single import that is not a list', () => {
    expect(nameOf(`@link(url: "${FEDERATION}", import: {name: "@policy", as: "@rule"})`, 'rule')).toBe('policy');
  });

  it('knows what was not imported by its namespace', () => {
    expect(nameOf(`@link(url: "${FEDERATION}")`, 'federation__policy')).toBe('policy');
  });

  it('knows another namespace', () => {
    expect(nameOf(`@link(url: "${FEDERATION}", as: "fed")`, 'fed__authenticated')).toBe('authenticated');
  });

  it('knows the namespace of Federation without a link', () => {
    expect(nameOf('@other', 'federation__requiresScopes')).toBe('requiresScopes');
  });

  it.each(['v2.11', 'v10.0', 'v2.6/'])('knows Federation %s', (version) => {
    const link = `@link(url: "https://specs.apollo.dev/federation/${version}")`;
    expect(nameOf(link, 'federation__policy')).toBe('policy');
  });

  it('reads a link on the schema definition, and not only on an extension', () => {
    const schema = buildSchema(`schema @link(url: "${FEDERATION}", as: "fed") { query: Query } type Query { a: Int }`, {
      assumeValid: true,
    });
    expect(readDirectiveNames(schema).get('fed__policy')).toBe('policy');
  });

  it.each([
    ['another specification', '@link(url: "https://example.com/other/v1.0", import: [{name: "@policy", as: "@rule"}])'],
    [
      'a specification below that of Federation',
      `@link(url: "${FEDERATION}/other", import: [{name: "@policy", as: "@rule"}])`,
    ],
    ['no address', '@link(import: [{name: "@policy", as: "@rule"}])'],
    ['an address that is not a text', '@link(url: 7, import: [{name: "@policy", as: "@rule"}])'],
    ['another directive', `@linked(url: "${FEDERATION}", import: [{name: "@policy", as: "@rule"}])`],
    ['a directive that is not ours', `@link(url: "${FEDERATION}", import: [{name: "@key", as: "@rule"}])`],
    ['an import without alias', `@link(url: "${FEDERATION}", import: [{name: "@policy"}])`],
    ['an import that is not an object', `@link(url: "${FEDERATION}", import: "@rule")`],
  ])('does not read names from %s', (_what, link) => {
    expect(nameOf(link, 'rule')).toBeUndefined();
  });

  it('lets no import of something else take the name of a rule away', () => {
    const link = `@link(url: "${FEDERATION}", import: [{name: "@tag", as: "@policy"}])`;
    expect(nameOf(link, 'policy')).toBe('policy');
  });

  it('makes a renamed rule count', () => {
    const schema = linked(
      `@link(url: "${FEDERATION}", import: [{name: "@requiresScopes", as: "@scopes"}])`,
      'type Query { a: Int @scopes(scopes: [["s"]]) }',
    );
    const table = compileRequirements(schema);
    const requirement = table.fields.get('Query.a')?.requirement ?? -1;
    expect(table.requirements[requirement]?.delegated).toEqual([{ kind: 'scope', anyOf: [['s']] }]);
  });
});
