import { makeExecutableSchema } from '@graphql-tools/schema';
import {
  buildASTSchema,
  concatAST,
  type DocumentNode,
  isObjectType,
  Kind,
  type ObjectTypeDefinitionNode,
  parse,
  print,
  validate,
} from 'graphql';
import { expect, it } from 'vitest';
import { createAuthorization } from '../../src/authorization/authorization.js';
import { readSchemaFiles } from '../../src/graphql/schema/schema-files.js';
import { blocksIn } from './code-blocks.js';

const typeDefs = readSchemaFiles(new URL('../../schema/expenses/', import.meta.url));
const schema = buildASTSchema(concatAST(typeDefs));
const policies = { self: () => true, finance: () => true, ownsReport: () => true, managesAuthor: () => true };

/** `…` stands for what the page leaves out. */
const blocks = blocksIn('graphql').map(([place, { text }]): [string, DocumentNode] => [
  place,
  parse(text.replaceAll('…', '')),
]);
const isOperation = ([, document]: [string, DocumentNode]) =>
  document.definitions.some(({ kind }) => kind === Kind.OPERATION_DEFINITION);

it.each(blocks.filter(isOperation))('%s is an operation that can be asked', (_place, document) => {
  expect(validate(schema, document)).toEqual([]);
});

const schemas = blocks.filter((block) => !isOperation(block));

it.each(schemas)('%s shows a part of the sample, or adds to it', (_place, { definitions }) => {
  for (const type of definitions.filter(isKnownType)) expectExcerpt(type);
  expect(definitions.length).toBeGreaterThan(0);
});

it('what the pages add to the sample makes a schema that the server accepts', () => {
  const added = schemas.flatMap(([, { definitions }]) => definitions.filter((one) => !isKnownType(one)));
  expect(added.length).toBeGreaterThan(8);
  const whole = [...typeDefs, { kind: Kind.DOCUMENT, definitions: added } as const];
  const bare = makeExecutableSchema({ typeDefs: whole });
  expect(createAuthorization({ schema: bare, typeDefs: whole, policies }).schema.getQueryType()).toBeDefined();
});

/** A page shows a part of a type of the sample. `extend type` adds to one. */
function isKnownType(definition: DocumentNode['definitions'][number]): definition is ObjectTypeDefinitionNode {
  return definition.kind === Kind.OBJECT_TYPE_DEFINITION && schema.getType(definition.name.value) !== undefined;
}

/** Expects the fields and directives of the excerpt in the sample, to the letter. */
function expectExcerpt({ name, directives = [], fields = [] }: ObjectTypeDefinitionNode): void {
  const type = schema.getType(name.value);
  if (!isObjectType(type)) throw new Error(`${name.value} is not an object type of the sample`);
  expect((type.astNode?.directives ?? []).map(print)).toEqual(expect.arrayContaining(directives.map(print)));
  for (const field of fields) {
    const written = type.getFields()[field.name.value]?.astNode;
    if (!written) throw new Error(`${name.value} has no field ${field.name.value}`);
    expect(print(field.type)).toBe(print(written.type));
    expect((written.directives ?? []).map(print)).toEqual(expect.arrayContaining((field.directives ?? []).map(print)));
  }
}
