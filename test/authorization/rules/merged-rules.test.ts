import { buildSubgraphSchema } from '@apollo/subgraph';
import { mergeTypeDefs } from '@graphql-tools/merge';
import { makeExecutableSchema, mergeSchemas } from '@graphql-tools/schema';
import { MapperKind, mapSchema, printSchemaWithDirectives } from '@graphql-tools/utils';
import {
  buildASTSchema,
  buildSchema,
  concatAST,
  type DocumentNode,
  extendSchema,
  type FieldDefinitionNode,
  GraphQLInt,
  GraphQLObjectType,
  GraphQLSchema,
  Kind,
  lexicographicSortSchema,
  type ObjectTypeDefinitionNode,
  parse,
  print,
  Source,
  stripIgnoredCharacters,
  visit,
} from 'graphql';
import { gql } from 'graphql-tag';
import { describe, expect, it } from 'vitest';
import { createAuthorization } from '../../../src/authorization/authorization.js';
import { compileRequirements } from '../../../src/authorization/rules/compile-requirements.js';
import { RequirementError } from '../../../src/authorization/rules/requirement-error.js';
import { findDoubledInText, type TypeDefs } from '../../../src/authorization/rules/written-rules.js';
import { directives } from '../harness.js';

/** Parses the files each time, because graphql-tools changes the nodes that it merges. */
const parsed = (files: Readonly<Record<string, string>>): DocumentNode[] =>
  Object.entries({ 'directives.graphql': directives, ...files }).map(([name, text]) => parse(new Source(text, name)));

const problemsOf = (schema: GraphQLSchema, typeDefs?: TypeDefs): readonly string[] => {
  try {
    compileRequirements(schema, undefined, typeDefs);
    return [];
  } catch (error) {
    if (!(error instanceof RequirementError)) throw error;
    return error.message.split('\n');
  }
};

const base = 'type Query { salary(floor: Int): Salary @authenticated rest: Grade @authenticated } enum Grade { A }';
/** The coordinate of an element, and two texts. Each text has a rule for the element in its first line. */
const DOUBLED: Readonly<Record<string, readonly [coordinate: string, first: string, second: string]>> = {
  'a type and its extension': [
    'Salary',
    'type Salary @requiresRoles(roles: [["HR"]]) { gross: Int }',
    'extend type Salary @requiresRoles(roles: [["Works.Council"]])',
  ],
  'two extensions': [
    'Salary',
    'extend type Salary @requiresScopes(scopes: [["a"]])',
    'extend type Salary @requiresScopes(scopes: [["b"]]) type Salary { gross: Int }',
  ],
  'a scalar and its extension': [
    'Cents',
    'scalar Cents @requiresRoles(roles: [["HR"]])',
    'extend scalar Cents @requiresRoles(roles: [["Payroll"]]) type Salary { gross: Cents }',
  ],
  'an enum and its extension': [
    'Grade',
    'extend enum Grade @requiresRoles(roles: [["HR"]])',
    'extend enum Grade @requiresRoles(roles: [["Payroll"]]) type Salary { gross: Int }',
  ],
  'a name and a list': [
    'Salary',
    'type Salary @requiresRoles(roles: "HR") { gross: Int }',
    'extend type Salary @requiresRoles(roles: [["Payroll"]])',
  ],
  'a second @policy': [
    'Salary',
    'type Salary @policy(policies: [["self"]]) { gross: Int }',
    'extend type Salary @policy(policies: [["inOffice"]])',
  ],
  'a second @requiresAuthContext': [
    'Salary',
    'type Salary @requiresAuthContext(id: "c1") { gross: Int }',
    'extend type Salary @requiresAuthContext(id: "c2")',
  ],
};
/** As `DOUBLED`, but the element is defined in both texts. Only tools that merge definitions accept that. */
const MERGED: typeof DOUBLED = {
  'two definitions of a type': [
    'Salary',
    'type Salary @requiresRoles(roles: [["HR"]]) { gross: Int }',
    'type Salary @requiresRoles(roles: [["Works.Council"]]) { net: Int }',
  ],
  'two definitions of a field': [
    'Salary.gross',
    'type Salary { gross: Int @requiresRoles(roles: [["HR"]]) }',
    'type Salary { gross: Int @requiresRoles(roles: [["Works.Council"]]) }',
  ],
  'a field of a type and of its extension': [
    'Salary.gross',
    'type Salary { gross: Int @requiresAuthContext(id: "c1") }',
    'extend type Salary { gross: Int @requiresAuthContext(id: "c2") }',
  ],
  'two definitions of an input field': [
    'Filter.floor',
    'input Filter { floor: Int @requiresRoles(roles: [["HR"]]) } type Salary { gross(filter: Filter): Int }',
    'input Filter { floor: Int @requiresRoles(roles: [["Works.Council"]]) }',
  ],
  'the same flat name in two definitions': [
    'Salary',
    'type Salary @requiresRoles(roles: ["HR"]) { gross: Int }',
    'type Salary @requiresRoles(roles: ["HR"]) { net: Int }',
  ],
  '@public in two definitions of a field': [
    'Query.grade',
    'extend type Query { grade: Grade @public } type Salary { gross: Int }',
    'extend type Query { grade: Grade @public }',
  ],
};

const BUILDERS: Readonly<Record<string, (documents: DocumentNode[]) => GraphQLSchema>> = {
  buildASTSchema: (documents) => buildASTSchema(concatAST(documents), { assumeValidSDL: true }),
  'extendSchema, later': (documents) => {
    const [only, ...types] = documents;
    const whole = concatAST(types);
    const isExtension = ({ kind }: DocumentNode['definitions'][number]) => kind.endsWith('Extension');
    const definitions = whole.definitions.filter((node) => !isExtension(node));
    const first = buildASTSchema(concatAST([only, { ...whole, definitions }].filter((one) => one !== undefined)));
    return extendSchema(
      first,
      { ...whole, definitions: whole.definitions.filter(isExtension) },
      { assumeValidSDL: true },
    );
  },
};
const MERGERS: typeof BUILDERS = {
  makeExecutableSchema: (typeDefs) => makeExecutableSchema({ typeDefs }),
  'mergeTypeDefs, sorted': (documents) => buildASTSchema(mergeTypeDefs(documents, { sort: true })),
  'mergeTypeDefs and buildASTSchema': (documents) => buildASTSchema(mergeTypeDefs(documents)),
  'makeExecutableSchema and lexicographicSortSchema': (typeDefs) =>
    lexicographicSortSchema(makeExecutableSchema({ typeDefs })),
  'makeExecutableSchema and mapSchema': (typeDefs) =>
    mapSchema(makeExecutableSchema({ typeDefs }), { [MapperKind.OBJECT_FIELD]: (config) => ({ ...config }) }),
};

function named<T>(record: Readonly<Record<string, T>>): readonly (readonly [string, T])[] {
  return Object.entries(record);
}

describe('two uses of one directive', () => {
  const cases = [
    ...named({ ...BUILDERS, ...MERGERS }).flatMap(([builder, build]) =>
      named(DOUBLED).map(([title, files]) => ({ title, builder, build, files })),
    ),
    ...named(MERGERS).flatMap(([builder, build]) =>
      named(MERGED).map(([title, files]) => ({ title, builder, build, files })),
    ),
  ];
  it.each(cases)('$title, built by $builder: does not start, both places named', ({ build, files }) => {
    const [coordinate, first, second] = files;
    const schema = build(parsed({ 'base.graphql': base, 'first.graphql': first, 'second.graphql': second }));
    const [problem, ...others] = problemsOf(schema).filter((line) => line.includes('twice'));
    expect(problem).toContain(` ${coordinate}: @`);
    expect(problem).toContain('first.graphql:1');
    expect(problem).toContain('second.graphql:1');
    expect(others).toEqual([]);
  });
});

it('finds two uses on a type that was merged and then renamed', () => {
  const first = 'type Salary @requiresRoles(roles: [["HR"]]) { gross: Int }';
  const second = 'extend type Salary @requiresRoles(roles: [["Works.Council"]])';
  const schema = mapSchema(makeExecutableSchema({ typeDefs: parsed({ base, first, second }) }), {
    [MapperKind.OBJECT_TYPE]: (type) =>
      type.name === 'Salary' ? new GraphQLObjectType({ ...type.toConfig(), name: 'Wage' }) : undefined,
  });
  expect(problemsOf(schema)).toContainEqual(
    expect.stringMatching(/ Salary: @requiresRoles is written twice .* at \w+:1 and at \w+:1/),
  );
});

describe('one use of a directive', () => {
  const alone = [
    'type Salary @requiresRoles(roles: [["HR"], ["Payroll"]]) { gross: Int }',
    'extend type Salary { net: Int @authenticated }',
  ];
  it.each(named({ ...BUILDERS, ...MERGERS }))('starts where %s puts definitions together', (_name, build) => {
    expect(problemsOf(build(parsed({ base, first: alone[0] ?? '', second: alone[1] ?? '' })))).toEqual([]);
  });
});

describe('texts that a tool printed', () => {
  const alone = 'extend type Salary { net: Int @authenticated }';
  const RULES = {
    'several alternatives': '@requiresRoles(roles: [["HR"], ["Works.Council"]])',
    'one alternative': '@requiresRoles(roles: [["HR"]])',
    'one name, which may have replaced another': '@requiresAuthContext(id: "c1")',
  };
  const PRINTERS: Readonly<Record<string, (texts: readonly string[]) => string>> = {
    'print and mergeTypeDefs': (texts) => print(mergeTypeDefs([...texts])),
    'print and mergeTypeDefs, sorted': (texts) => print(mergeTypeDefs([...texts], { sort: true })),
    printSchemaWithDirectives: (texts) => printSchemaWithDirectives(makeExecutableSchema({ typeDefs: [...texts] })),
  };
  /** Layouts of the same text. None of them changes a token of GraphQL. */
  const LAYOUTS: Readonly<Record<string, (text: string) => string>> = {
    'as it is': (text) => text,
    'with a line end': (text) => `${text}\n`,
    'with a space before': (text) => ` ${text}`,
    'with other line ends': (text) => text.replaceAll('\n', '\r\n'),
    'in one line': stripIgnoredCharacters,
    'with a comment': (text) => `# generated\n${text}\n`,
    'after a definition by hand': (text) => `scalar Unused\n${text}\n`,
  };
  const cases = named(RULES).flatMap(([rule, use]) =>
    named(PRINTERS).flatMap(([printer, write]) =>
      named(LAYOUTS).map(([layout, lay]) => ({ rule, use, printer, write, layout, lay })),
    ),
  );

  it.each(cases)('$printer, $layout: $rule does not start until typeDefs show it', ({ use, write, lay }) => {
    const texts = [directives, base, `type Salary ${use} { gross: Int }`, alone];
    const schema = makeExecutableSchema({ typeDefs: lay(write(texts)) });
    expect(problemsOf(schema)).toEqual([expect.stringMatching(/ Salary: @\w+ stands in a text .*"typeDefs"/)]);
    expect(problemsOf(schema, texts)).toEqual([]);
  });

  it('are known beside the directives of this package in one text', () => {
    const texts = [base, `type Salary ${RULES['several alternatives']} { gross: Int }`, alone];
    const schema = buildSchema(`${directives}${print(mergeTypeDefs(texts))}\n`);
    expect(problemsOf(schema)).toEqual([expect.stringMatching(/ Salary: @requiresRoles stands in .*"typeDefs"/)]);
  });

  it('are known by their layout where the schema definition is left out', () => {
    const texts = [directives, base, `type Salary ${RULES['several alternatives']} { gross: Int }`, alone];
    const schema = makeExecutableSchema({ typeDefs: print(mergeTypeDefs(texts, { useSchemaDefinition: false })) });
    expect(problemsOf(schema)).toEqual([expect.stringMatching(/ Salary: @requiresRoles stands in .*"typeDefs"/)]);
    expect(problemsOf(schema, texts)).toEqual([]);
  });

  it.each(named(RULES))('are not what people write: %s starts in a text in the usual layout', (_rule, use) => {
    const typeDefs = `type Query {
  salary: Salary @authenticated
}

type Salary ${use} {
  gross: Int
}
`;
    expect(problemsOf(makeExecutableSchema({ typeDefs: [directives, typeDefs] }))).toEqual([]);
    expect(problemsOf(makeExecutableSchema({ typeDefs: [`${directives}${typeDefs}`] }))).toEqual([]);
    expect(problemsOf(buildSchema(`${directives}${typeDefs}`))).toEqual([]);
  });
});

/** Tools that create new nodes. A new node does not know the text in which its rule was written. */
const REMAKERS: Readonly<Record<string, (texts: readonly string[]) => GraphQLSchema>> = {
  'mergeTypeDefs and buildSubgraphSchema': (texts) => buildSubgraphSchema({ typeDefs: mergeTypeDefs([...texts]) }),
  'makeExecutableSchema, printed, and buildSubgraphSchema': (texts) => {
    const typeDefs = [...texts];
    return buildSubgraphSchema(parse(printSchemaWithDirectives(makeExecutableSchema({ typeDefs }))));
  },
  'mergeTypeDefs and print': (texts) => makeExecutableSchema({ typeDefs: print(mergeTypeDefs([...texts])) }),
  'mergeTypeDefs, print and gql': (texts) => makeExecutableSchema({ typeDefs: gql(print(mergeTypeDefs([...texts]))) }),
  'mergeTypeDefs without locations, and visit': (texts) => {
    const merged = mergeTypeDefs(texts.map((text) => parse(text, { noLocation: true })));
    return buildASTSchema(
      visit(merged, { ObjectTypeDefinition: ({ kind, ...rest }: ObjectTypeDefinitionNode) => ({ kind, ...rest }) }),
    );
  },
  mergeSchemas: (texts) => {
    const [directiveTexts = '', baseText = '', ...others] = texts;
    const noLocation = true;
    const parts = others.map((text) => {
      const own = text.startsWith('extend type Salary') ? `type Salary { x: Int } ${text}` : text;
      const typeDefs = [directiveTexts, baseText, own].map((one) => parse(one, { noLocation }));
      return makeExecutableSchema({ typeDefs });
    });
    return mergeSchemas({ schemas: parts });
  },
};

describe('schemas whose nodes were made anew', () => {
  const first = 'type Salary @requiresRoles(roles: [["HR"]]) { gross: Int }';
  const second = 'extend type Salary @requiresRoles(roles: [["Works.Council"]]) { net: Int }';
  const bare = 'extend type Salary { net: Int }';

  it.each(named(REMAKERS))('%s: does not start, and asks for typeDefs', (_name, build) => {
    const texts = [directives, base, first, second];
    const schema = build(texts);
    expect(problemsOf(schema)).toEqual([expect.stringMatching(/(^| )Salary: @requiresRoles .*"typeDefs"/)]);
    expect(problemsOf(schema, texts)).toEqual([expect.stringMatching(/ Salary: @requiresRoles is written twice/)]);
  });

  it.each(named(REMAKERS))('%s: starts with typeDefs in which each rule is written once', (_name, build) => {
    const texts = [directives, base, first, bare];
    expect(problemsOf(build(texts), texts)).toEqual([]);
  });

  it.each(named(REMAKERS))('%s: does not start with typeDefs that lack a rule', (_name, build) => {
    const texts = [directives, base, first, bare];
    expect(problemsOf(build(texts), [directives, base, bare])).toEqual([
      expect.stringMatching(/Salary: @requiresRoles is not in "typeDefs"/),
    ]);
  });

  const REPLACED: Readonly<Record<string, (texts: string[]) => GraphQLSchema>> = {
    'mergeTypeDefs and buildSubgraphSchema': (texts) => buildSubgraphSchema({ typeDefs: mergeTypeDefs(texts) }),
    'makeExecutableSchema and mergeSchemas': (typeDefs) =>
      mergeSchemas({ schemas: [makeExecutableSchema({ typeDefs })] }),
  };
  it.each(named(REPLACED))('%s: does not start where a single name may have replaced another', (_name, build) => {
    const texts = [
      directives,
      base,
      'type Salary @requiresAuthContext(id: "c1") { gross: Cents }',
      'extend type Salary @requiresAuthContext(id: "c2")',
      'scalar Cents @requiresRoles(roles: "HR")',
    ];
    expect(problemsOf(build(texts))).toEqual(
      ['Salary: @requiresAuthContext', 'Cents: @requiresRoles'].map((rule) =>
        expect.stringMatching(new RegExp(`^${rule} .*"typeDefs"`)),
      ),
    );
  });
});

describe('an argument of a field that has several definitions', () => {
  const gross = (rule: string) => `extend type Salary { gross(at: Int ${rule}): Int }`;
  const either = [gross('@requiresRoles(roles: [["HR"]])'), gross('@requiresRoles(roles: [["Payroll"]])')];
  const LOST = { 'one rule': either, 'the rule of the second': [either[0] ?? '', gross('')] };
  const tools: typeof REMAKERS = {
    makeExecutableSchema: (texts) => makeExecutableSchema({ typeDefs: [...texts] }),
    gql: (texts) => makeExecutableSchema({ typeDefs: texts.map((text) => gql(text)) }),
    mergeSchemas: (texts) => mergeSchemas({ schemas: [makeExecutableSchema({ typeDefs: [...texts] })] }),
    buildSubgraphSchema: (texts) => buildSubgraphSchema({ typeDefs: mergeTypeDefs([...texts]) }),
    printSchemaWithDirectives: (typeDefs) =>
      buildSchema(printSchemaWithDirectives(makeExecutableSchema({ typeDefs: [...typeDefs] }))),
    'mergeSchemas with typeDefs': ([directive = '', ofQuery = '', first = '', ...others]) =>
      mergeSchemas({ schemas: [makeExecutableSchema({ typeDefs: [directive, ofQuery, first] })], typeDefs: others }),
  };
  const cases = named(tools).flatMap(([tool, build]) =>
    named(LOST).map(([lost, uses]) => ({ tool, build, lost, uses })),
  );
  const query = 'type Query { salary: Salary @authenticated }';

  it.each(cases)('$tool: does not start where nothing is left of $lost', ({ build, uses }) => {
    const texts = [directives, query, 'type Salary { gross(at: Int): Int }', ...uses];
    const problems = problemsOf(build(texts));
    expect(problems).toEqual([expect.stringMatching(/Salary\.gross\(at:\): .*"typeDefs"/)]);
    expect(problemsOf(build(texts), texts)).toEqual([
      expect.stringMatching(/Salary\.gross\(at:\): @requiresRoles is written (twice|.* dropped it)/),
    ]);
  });

  it('starts where a code-first tool made the nodes of type, field and argument, as Pothos does', () => {
    const schema = buildSchema(`${query} type Salary { gross(at: Int): Int }`, { noLocation: true, assumeValid: true });
    for (const type of [schema.getType('Salary'), schema.getType('Query')]) {
      if (!(type instanceof GraphQLObjectType) || !type.astNode) throw new Error('The schema has this type.');
      const { kind, name, interfaces = [], fields = [], directives: given = [] } = type.astNode;
      type.astNode = { kind, name, interfaces, fields, directives: given };
    }
    expect(problemsOf(schema)).toEqual([]);
  });

  it('starts where only its type has several definitions', () => {
    const typeDefs = [directives, query, 'type Salary { net: Int }', either[0] ?? ''];
    expect(problemsOf(makeExecutableSchema({ typeDefs }))).toEqual([]);
  });
});

/** Returns a schema as a stitching tool makes it. Each type has the nodes of one subschema, or none if made in code. */
const stitched = (schema: GraphQLSchema) =>
  new GraphQLSchema({ ...schema.toConfig(), extensions: { stitchingInfo: {} } });

/** Returns a schema with a type whose rules are only in its `extensions`. */
const madeInCode = (rules: Readonly<Record<string, unknown>>) => {
  const fields = { gross: { type: GraphQLInt } };
  const salary = new GraphQLObjectType({ name: 'Salary', fields, extensions: { directives: rules } });
  const extensions = { directives: { authenticated: {} } };
  return new GraphQLSchema({
    query: new GraphQLObjectType({ name: 'Query', fields: { salary: { type: salary, extensions } } }),
  });
};

describe('stitched schemas', () => {
  const text = (rule: string) =>
    `${directives} type Query { salary: Salary @authenticated } type Salary ${rule} { gross: Int }`;
  const SCHEMAS: Readonly<Record<string, GraphQLSchema>> = {
    'made from text': buildSchema(text('@requiresRoles(roles: [["HR"]])')),
    'made from text, whose last rule has no arguments': buildSchema(text('@authenticated')),
    'made from text, whose last type has no rule': buildSchema(text('')),
    'made in code': madeInCode({ requiresRoles: { roles: [['HR']] } }),
    'made in code, whose last rule has no arguments': madeInCode({ authenticated: {} }),
    'made in code, whose last type has no rule': madeInCode({}),
  };
  it.each(named(SCHEMAS))('%s: ask for typeDefs, because one of two rules may be lost', (_title, schema) => {
    expect(problemsOf(schema)).toEqual([]);
    expect(problemsOf(stitched(schema))).toEqual([expect.stringMatching(/^schema: was stitched.*"typeDefs"/)]);
  });

  it.each(named(SCHEMAS))('%s: start with typeDefs of the single schema', (_title, schema) => {
    expect(problemsOf(stitched(schema), printSchemaWithDirectives(schema))).toEqual([]);
  });

  const hr = madeInCode({ requiresRoles: { roles: [['HR']] } });
  const council = madeInCode({ requiresRoles: { roles: [['Works.Council']] } });
  it('do not start with typeDefs in which two schemas have the rule', () => {
    const typeDefs = [hr, council].map((schema) => printSchemaWithDirectives(schema));
    expect(problemsOf(stitched(council), typeDefs)).toContainEqual(
      expect.stringMatching(/Salary: @requiresRoles is written twice/),
    );
  });

  it('do not start with typeDefs that lack a rule or have another one', () => {
    const bare = printSchemaWithDirectives(madeInCode({}));
    expect(problemsOf(stitched(hr), bare)).toEqual([
      expect.stringMatching(/^Salary: @requiresRoles is not in "typeDefs"/),
    ]);
    expect(problemsOf(stitched(hr), printSchemaWithDirectives(council))).toEqual([
      expect.stringMatching(/Salary: @requiresRoles .* changed it/),
    ]);
  });
});

describe('documents that two schemas share', () => {
  /** A document whose nodes graphql-tools changes in place. */
  const shared: Readonly<Record<string, (text: string) => DocumentNode>> = { gql, parse: (text) => parse(text) };
  const FIELDS = {
    '@requiresRoles': ['@requiresRoles(roles: [["HR"]])', '@requiresRoles(roles: [["Everyone"]])'],
    '@requiresAuthContext': ['@requiresAuthContext(id: "c1")', '@requiresAuthContext(id: "c2")'],
    'no rule and @public': ['', '@public'],
    'scopes and @allowsApps': ['@requiresScopes(scopes: [["a"]])', '@allowsApps(permissions: [["b"]])'],
  };
  const cases = named(shared).flatMap(([tag, read]) => {
    return Object.entries(FIELDS).map(([title, [own = '', other = '']]) => ({ tag, read, title, own, other }));
  });

  it.each(cases)(
    '$title by $tag: the second does not start with what the first added',
    ({ tag, read, title, own, other }) => {
      const document = read(
        `type Query { gross: Int ${own} other: Int @authenticated } "${tag} ${title}" scalar Unused`,
      );
      makeExecutableSchema({ typeDefs: [directives, document, `extend type Query { gross: Int ${other} }`] });
      const typeDefs = [directives, document];
      expect(problemsOf(makeExecutableSchema({ typeDefs }), typeDefs)).toContainEqual(
        expect.stringMatching(
          /Query\.gross: @(public|allowsApps) is not in "typeDefs"|Query\.gross: @\w+ is written .* changed it/,
        ),
      );
    },
  );
});

describe('buildSubgraphSchema', () => {
  it.each(named(DOUBLED))('%s: does not start', (_title, [, ...both]) => {
    const typeDefs = concatAST([parse(`${directives} ${base}`), ...both.map((text) => parse(text))]);
    expect(() => compileRequirements(buildSubgraphSchema(typeDefs))).toThrow(/twice|only be used once/);
  });
});

describe('a rule that was dropped', () => {
  const first = 'type Salary @requiresRoles(roles: [["HR"]]) { gross: Int }';
  const second = 'type Salary { gross: Int }';

  it('does not start where a second definition of the type won', () => {
    const whole = new Source(`${directives} ${base} ${first} ${second}`, 'api.graphql');
    const schema = buildSchema(whole, { assumeValidSDL: true });
    expect(problemsOf(schema)).toEqual([
      expect.stringMatching(/^api\.graphql:\d+ Salary: @requiresRoles .* dropped it$/),
    ]);
  });

  it('is found with typeDefs where nothing of its text is left in the schema', () => {
    const documents = parsed({ base, first, second });
    const schema = buildASTSchema(concatAST(documents), { assumeValidSDL: true });
    expect(problemsOf(schema)).toEqual([]);
    expect(problemsOf(schema, parsed({ base, first, second }))).toEqual([
      expect.stringMatching(/^first:1 Salary: @requiresRoles .* dropped it$/),
    ]);
  });

  it('may be left behind with the element that it stood on', () => {
    const schema = buildSchema(`${directives} ${base} ${second} type Old { x: Int @authenticated }`);
    const { Old: _, ...types } = schema.getTypeMap();
    const smaller = new GraphQLSchema({ ...schema.toConfig(), types: Object.values(types) });
    expect(problemsOf(smaller)).toEqual([]);
  });
});

describe('definitions without locations', () => {
  const first = '@requiresRoles(roles: [["HR"]])';
  const second = '@requiresRoles(roles: [["Works.Council"]])';
  let tests = 0;
  /** The tag remembers documents by their text, and graphql-tools changes them. */
  const gqlOnce = (text: string) => {
    tests += 1;
    return gql(`${text} scalar Unused${tests}`);
  };
  const modules = (one: string, two: string) => [
    gqlOnce(directives),
    gqlOnce(base),
    gqlOnce(`type Salary ${one} { gross: Int }`),
    gqlOnce(`extend type Salary ${two} { net: Int }`),
  ];

  it('does not start where a merge would leave no trace, and asks for typeDefs', () => {
    const schema = makeExecutableSchema({ typeDefs: modules(first, second) });
    expect(problemsOf(schema)).toEqual([expect.stringMatching(/^Salary: .*typeDefs/)]);
    expect(problemsOf(makeExecutableSchema({ typeDefs: modules(first, '') }))).toHaveLength(1);
  });

  it('finds both uses in typeDefs, and starts with one', () => {
    const two = modules(first, second);
    expect(problemsOf(makeExecutableSchema({ typeDefs: two }), two)).toEqual([
      expect.stringMatching(/^GraphQL request:1 Salary: .*twice .* at GraphQL request:1 and at GraphQL request:1/),
    ]);
    const one = modules(first, '');
    expect(problemsOf(makeExecutableSchema({ typeDefs: one }), one)).toEqual([]);
  });

  it('does not start where one of the two has a location', () => {
    const mixed = [
      gql(directives),
      base,
      `type Salary ${first} { gross: Int }`,
      gqlOnce(`extend type Salary ${second} { net: Int }`),
    ];
    expect(problemsOf(makeExecutableSchema({ typeDefs: mixed }))).toEqual([
      expect.stringMatching(/ Salary: @requiresRoles is written .* changed it/),
    ]);
    expect(problemsOf(makeExecutableSchema({ typeDefs: mixed }), mixed)).toEqual([expect.stringContaining('twice')]);
  });

  it('reads typeDefs whose documents have no text at all', () => {
    const bare = (text: string) => parse(text, { noLocation: true });
    const typeDefs = [
      directives,
      base,
      `type Salary ${first} { gross: Int }`,
      `extend type Salary ${second} { net: Int }`,
    ];
    const schema = makeExecutableSchema({ typeDefs: typeDefs.map(bare) });
    expect(problemsOf(schema)).toEqual([expect.stringMatching(/^Salary: .*typeDefs/)]);
    expect(problemsOf(schema, typeDefs.map(bare))).toEqual([expect.stringContaining('at a place without a location')]);
    expect(problemsOf(schema, mergeTypeDefs(typeDefs))).toEqual([expect.stringContaining('twice')]);
  });

  it('starts where each type has one definition', () => {
    const typeDefs = [
      gqlOnce(`${directives} ${base} type Salary ${first} { gross: Int @requiresAuthContext(id: "c1") }`),
    ];
    expect(problemsOf(makeExecutableSchema({ typeDefs }))).toEqual([]);
  });

  it('starts where merged types have only rules without arguments', () => {
    expect(problemsOf(makeExecutableSchema({ typeDefs: modules('@authenticated', '') }))).toEqual([]);
  });

  it('does not take the text of a node for its rules if it is not GraphQL', () => {
    const files = {
      base,
      first: `type Salary ${first} { gross: Int }`,
      second: `extend type Salary ${second} { net: Int }`,
    };
    const documents = parsed(files);
    for (const { loc } of documents) if (loc) loc.source.body = `<html>\n${loc.source.name}`;
    expect(problemsOf(makeExecutableSchema({ typeDefs: documents }))).toEqual([
      expect.stringMatching(/Salary: .*typeDefs/),
    ]);
  });
});

describe('uses in the text alone', () => {
  it('are found twice on one element, and only there', () => {
    const texts = ['type A @public { x: Int @authenticated }', 'extend type A @public { y: Int @authenticated }'];
    expect(findDoubledInText(texts)).toMatchObject([{ coordinate: 'A', location: 'GraphQL request:1' }]);
  });

  it('are not looked for in operations, which can stand beside types in a text', () => {
    const texts = ['query Q @public @public { x }', 'type A { x: Int @public @public }'];
    expect(findDoubledInText(texts)).toMatchObject([{ coordinate: 'A.x' }]);
  });
});

describe('typeDefs', () => {
  it('are given to createAuthorization as to makeExecutableSchema', () => {
    const typeDefs = [directives, [base, new Source('type Salary { gross: Int @authenticated }')]];
    const schema = buildSchema(`${directives} ${base} type Salary { gross: Int }`);
    expect(() => createAuthorization({ schema, typeDefs })).toThrow(/Salary.gross: @authenticated .* dropped it/);
  });

  it('may be functions, as for makeExecutableSchema', () => {
    const typeDefs = () => [directives, base, 'type Salary { gross: Int @authenticated }'];
    expect(problemsOf(makeExecutableSchema({ typeDefs }), typeDefs)).toEqual([]);
  });

  it('may have definitions without lists, as other tools make them', () => {
    const twice = parse('type A @public @public', { noLocation: true }).definitions[0];
    const unlocated = [
      { ...twice, fields: undefined },
      { kind: Kind.ENUM_TYPE_DEFINITION, name: { value: 'E' }, values: undefined },
    ];
    const typeDefs: TypeDefs = Object({ kind: Kind.DOCUMENT, definitions: unlocated });
    expect(findDoubledInText(typeDefs)).toMatchObject([{ coordinate: 'A' }]);
  });

  it('must be texts or documents', () => {
    const schema = buildSchema(`${directives} ${base} type Salary { gross: Int }`);
    const typeDefs: TypeDefs = JSON.parse('[{"kind": "ObjectTypeDefinition"}]');
    expect(() => createAuthorization({ schema, typeDefs })).toThrow(TypeError);
  });
});

it('accepts fields whose directives a tool parsed one by one, each on a made-up type', () => {
  const directiveOf = (text: string) => {
    const [definition] = parse(`type String ${text}`).definitions;
    return definition?.kind === Kind.OBJECT_TYPE_DEFINITION ? definition.directives : [];
  };
  const fieldNode = (name: string, text: string) => {
    const node: FieldDefinitionNode = {
      kind: Kind.FIELD_DEFINITION,
      name: { kind: Kind.NAME, value: name },
      type: { kind: Kind.NAMED_TYPE, name: { kind: Kind.NAME, value: 'Int' } },
      directives: directiveOf(text) ?? [],
    };
    return { type: GraphQLInt, astNode: node };
  };
  const query = new GraphQLObjectType({
    name: 'Query',
    fields: {
      a: fieldNode('a', '@requiresRoles(roles: [["a"]])'),
      b: fieldNode('b', '@requiresRoles(roles: [["b"]])'),
    },
  });
  expect(problemsOf(new GraphQLSchema({ query }))).toEqual([]);
});
