import { type GraphQLObjectType, printSchema } from 'graphql';
import { describe, expect, it } from 'vitest';
import { describeRules } from '../../../src/authorization/permissions/describe-rules.js';
import { authorize, schemaOf } from '../harness.js';

const sdl = `
  type Query {
    open: Int @public
    plain: Int @authenticated
    "Written by hand."
    read(secret: Int @requiresRoles(roles: [["admin"]]), other: Int): Int
      @requiresScopes(scopes: [["read"], ["write"]]) @requiresRoles(roles: [["a", "b"]])
    shared: Int @requiresScopes(scopes: [["read"]]) @allowsApps(permissions: [["Read.All"]])
    own: Int @policy(policies: [["self"]])
    node(filter: Filter): Node @authenticated
  }
  interface Node { id: ID }
  type A implements Node { id: ID @requiresRoles(roles: [["admin"]]) }
  input Filter { all: Boolean @requiresRoles(roles: [["admin"]]) some: Boolean }
`;

function described(text: string) {
  const schema = schemaOf(text);
  const { requirements } = authorize(text, {}, { policies: { self: () => true } });
  describeRules(schema, requirements);
  return { schema, requirements };
}

/** Descriptions of the fields, arguments and input fields that have one. */
function descriptions({ schema }: ReturnType<typeof described>): Record<string, string> {
  const found: Record<string, string> = {};
  const note = (coordinate: string, { description }: { readonly description?: string | null | undefined }) => {
    if (description) found[coordinate] = description;
  };
  for (const type of Object.values(schema.getTypeMap())) {
    if (!('getFields' in type) || type.name.startsWith('__')) continue;
    for (const field of Object.values((type as GraphQLObjectType).getFields())) {
      note(`${type.name}.${field.name}`, field);
      for (const argument of field.args ?? []) note(`${type.name}.${field.name}(${argument.name}:)`, argument);
    }
  }
  return found;
}

describe('describeRules', () => {
  it('ends descriptions with what a caller needs', () => {
    expect(descriptions(described(sdl))).toEqual({
      'Query.open': 'Needs no access token.',
      'Query.plain': 'Needs an access token.',
      'Query.read': 'Written by hand.\n\nNeeds scope read or write, and role a and b.',
      'Query.read(secret:)': 'Needs role admin.',
      'Query.shared': 'Needs scope read; an application needs application permission Read.All.',
      'Query.own': 'Needs an access token. Decided for each object by policy self.',
      'Query.node': 'Needs an access token.',
      'Node.id': 'Needs role admin.',
      'A.id': 'Needs role admin.',
      'Filter.all': 'Needs role admin.',
    });
  });

  it('says nothing twice', () => {
    const once = described(sdl);
    const before = printSchema(once.schema);
    describeRules(once.schema, once.requirements);
    expect(printSchema(once.schema)).toBe(before);
  });
});
