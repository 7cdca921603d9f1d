import { composeServices } from '@apollo/composition';
import { buildSubgraphSchema } from '@apollo/subgraph';
import { makeExecutableSchema } from '@graphql-tools/schema';
import { concatAST, type DocumentNode, execute, type GraphQLSchema, parse, print } from 'graphql';
import { describe, expect, it } from 'vitest';
import { createAuthorization } from '../../src/authorization/authorization.js';
import type { RequirementTable } from '../../src/authorization/requirements/requirement-table.js';
import { compileRequirements } from '../../src/authorization/rules/compile-requirements.js';
import { readPrices } from '../../src/graphql/cost/field-prices.js';
import { readSchemaFiles } from '../../src/graphql/schema/schema-files.js';
import { directives, user } from '../authorization/harness.js';
import { createCost } from '../graphql/cost/harness.js';

/** The whole contract: directives, the server's own part, the sample resource. */
const contract = concatAST(readSchemaFiles(new URL('../../schema/expenses/', import.meta.url)));
const ownTable = compileRequirements(makeExecutableSchema({ typeDefs: contract }));

/** A subgraph's schema and what its supergraph becomes. */
function subgraph(linked: string, typeDefs: DocumentNode = contract) {
  const document = concatAST([parse(`extend schema @link(${linked})`), typeDefs]);
  const { supergraphSdl, errors } = composeServices([{ name: 'expenses', typeDefs: document }]);
  return { schema: buildSubgraphSchema(document), supergraphSdl, errors };
}

/** The contract with a directive used by another name; its definition stays. */
function withRenamed(used: string, renamed: string): DocumentNode {
  const text = print(contract);
  expect(text).toContain(used);
  return parse(text.replaceAll(used, renamed));
}

const address = (version: string) => `url: "https://specs.apollo.dev/federation/v${version}"`;
const RULES = '"@authenticated", "@requiresScopes", "@policy"';

/** Returns who may use the coordinates that exist without Federation. */
function rulesOf(schema: GraphQLSchema, typeDefs: DocumentNode = contract): readonly unknown[] {
  return describeTable(compileRequirements(schema, undefined, typeDefs));
}

function describeTable(table: RequirementTable): readonly unknown[] {
  const elements = [...ownTable.fields.keys(), ...ownTable.inputs.keys()].map(
    (coordinate) => table.fields.get(coordinate) ?? table.inputs.get(coordinate),
  );
  return elements.map((element) => {
    const { id, ...requirement } = table.requirements[element?.requirement ?? -1] ?? {};
    return { coordinate: element?.coordinate, requirement, policies: element?.policies };
  });
}

describe("@apollo/subgraph accepts the contract, and its rules are read from the subgraph's schema as before", () => {
  it('without a link (Federation 1)', () => {
    expect(rulesOf(buildSubgraphSchema(contract))).toEqual(describeTable(ownTable));
  });

  it.each(['2.6', '2.9', '2.12'])('with the rules imported from Federation %s', (version) => {
    const { schema, errors } = subgraph(`${address(version)}, import: ["@key", ${RULES}]`);
    expect(errors).toBeUndefined();
    expect(rulesOf(schema)).toEqual(describeTable(ownTable));
  });

  it('with what entities need imported, and no rule', () => {
    const { schema, errors } = subgraph(`${address('2.9')}, import: ["@key"]`);
    expect(errors).toBeUndefined();
    expect(rulesOf(schema)).toEqual(describeTable(ownTable));
  });

  it('with a rule renamed on import', () => {
    const typeDefs = withRenamed('@policy(policies: [["', '@rule(policies: [["');
    const { schema, errors } = subgraph(`${address('2.9')}, import: [{name: "@policy", as: "@rule"}]`, typeDefs);
    expect(errors).toBeUndefined();
    expect(rulesOf(schema, typeDefs)).toEqual(describeTable(ownTable));
  });

  it('with rules by their namespace', () => {
    const typeDefs = withRenamed('@requiresScopes(scopes: [["', '@fed__requiresScopes(scopes: [["');
    const { schema, errors } = subgraph(`${address('2.9')}, as: "fed"`, typeDefs);
    expect(errors).toBeUndefined();
    expect(rulesOf(schema, typeDefs)).toEqual(describeTable(ownTable));
  });
});

describe("costs are read from the subgraph's schema", () => {
  const PAGE = 'query ($n: Int) { expenseReports(first: $n) { totalCount nodes { id items { id } } } }';
  const own = createCost(makeExecutableSchema({ typeDefs: contract }))(PAGE, { n: 50 });

  it('as before, whatever is linked', () => {
    expect(own.cost).toBeGreaterThan(150 + 100 + 50);
    expect(createCost(buildSubgraphSchema(contract))(PAGE, { n: 50 })).toEqual(own);
    for (const version of ['2.6', '2.9', '2.12']) {
      const { schema, errors } = subgraph(`${address(version)}, import: ["@key"]`);
      expect(errors).toBeUndefined();
      expect(createCost(schema)(PAGE, { n: 50 })).toEqual(own);
    }
  });

  it.each([
    ['imported', 'import: ["@cost", "@listSize"]', 'cost', 'listSize'],
    ['renamed', 'import: [{name: "@cost", as: "@price"}, {name: "@listSize", as: "@size"}]', 'price', 'size'],
    ['by their namespace', 'as: "fed"', 'fed__cost', 'fed__listSize'],
  ])("with Federation's own directives %s, whose weights are whole numbers", (_how, linked, cost, listSize) => {
    const typeDefs = parse(`type Query { f: [Int] @${cost}(weight: 7) @${listSize}(assumedSize: 30) }`);
    const { schema, errors } = subgraph(`${address('2.9')}, ${linked}`, typeDefs);
    expect(errors).toBeUndefined();
    expect(createCost(schema)('{ f }').cost).toBeCloseTo(1 + 7 + 3, 6);
  });

  it("a negative cost of Federation's stops the start", () => {
    const typeDefs = parse('type Query { f: Int @cost(weight: -7) }');
    const { schema } = subgraph(`${address('2.9')}, import: ["@cost"]`, typeDefs);
    expect(() => readPrices(schema)).toThrow('Query.f: @cost');
  });

  it('entities cost as much as their number', () => {
    const typeDefs = parse('type Query { f: Int } type Note @key(fields: "id") { id: ID! text: String }');
    const { schema } = subgraph(`${address('2.9')}, import: ["@key"]`, typeDefs);
    const query = 'query ($of: [_Any!]!) { _entities(representations: $of) { ... on Note { text } } }';
    const of = Array.from({ length: 500 }, (_, id) => ({ __typename: 'Note', id }));
    expect(createCost(schema)(query, { of }).cost).toBeCloseTo(1 + 1 + 500 * 1.1 + 50, 6);
  });
});

describe('the schema for a router', () => {
  const rulesIn = (sdl: string | undefined) =>
    new Set(sdl?.match(/@(?:policy|requires[A-Z]\w+|allowsApps|public)\(?/g));

  it('leaves out rules that were not imported: they are decided in the subgraph alone', () => {
    const { supergraphSdl } = subgraph(`${address('2.9')}, import: ["@key"]`);
    expect(rulesIn(supergraphSdl)).toEqual(new Set());
  });

  it('has the imported rules of Federation, which a router would decide without knowing applications', () => {
    const { supergraphSdl } = subgraph(`${address('2.9')}, import: ["@key", ${RULES}]`);
    expect(rulesIn(supergraphSdl)).toEqual(new Set(['@requiresScopes(', '@policy(']));
  });
});

describe("the fields that the library adds to a subgraph's schema", () => {
  const sdl = `
    extend schema @link(${address('2.9')}, import: ["@key"])
    type Query { open: Int @public }
    type Note @key(fields: "id") { id: ID! text: String }
    type Secret @key(fields: "id") @requiresRoles(roles: [["Keeper"]]) { id: ID! text: String }
  `;
  const resolvers = {
    Note: { __resolveReference: (item: object) => ({ ...item, text: 'seen' }) },
    Secret: { __resolveReference: (item: object) => ({ ...item, text: 'secret' }) },
  };
  const { schema } = createAuthorization({
    schema: buildSubgraphSchema({ typeDefs: [parse(directives), parse(sdl)], resolvers }),
    typeDefs: sdl,
  });
  const run = async (source: string, caller = user()) => {
    const variableValues = { of: ['Note', 'Secret', 'Note'].map((__typename, id) => ({ __typename, id })) };
    const result = await execute({ schema, document: parse(source), variableValues, contextValue: { caller } });
    return JSON.parse(JSON.stringify({ ...result, codes: result.errors?.map(({ extensions }) => extensions.code) }));
  };
  const ENTITIES = `query ($of: [_Any!]!) {
    _entities(representations: $of) { ... on Note { text } ... on Secret { text } } }`;

  it('entities of a protected type are denied, in their places among others', async () => {
    expect(await run(ENTITIES)).toMatchObject({
      data: { _entities: [{ text: 'seen' }, null, { text: 'seen' }] },
      codes: ['FORBIDDEN'],
    });
  });

  it('entities of a protected type are resolved for callers who may use them', async () => {
    const { data } = await run(ENTITIES, user({ roles: ['Keeper'] }));
    expect(data._entities).toEqual([{ text: 'seen' }, { text: 'secret' }, { text: 'seen' }]);
  });

  it('the subgraph shows its schema to verified callers only', async () => {
    const document = parse('{ _service { sdl } }');
    const { errors } = await execute({ schema, document, contextValue: { caller: undefined } });
    expect(errors?.map(({ extensions }) => extensions.code)).toEqual(['UNAUTHENTICATED']);
    expect((await run('{ _service { sdl } }')).data._service.sdl).toContain('@requiresRoles(roles: [["Keeper"]])');
  });
});
