import fc from 'fast-check';
import {
  buildClientSchema,
  type DocumentNode,
  type GraphQLSchema,
  introspectionFromSchema,
  isAbstractType,
  isInterfaceType,
  isObjectType,
  parse,
  validate,
  validateSchema,
} from 'graphql';
import { describe, expect, it } from 'vitest';
import type { Caller } from '../../../src/authentication/caller.js';
import { createAuthorization } from '../../../src/authorization/authorization.js';
import { randomCaller } from '../random-rules.js';
import {
  executable,
  FIELDS,
  OBJECTS,
  type RandomSchema,
  randomDocument,
  randomSchema,
  returnTypeOf,
} from '../random-schema.js';
import { rulesOf, selectedFields, verdictOn, verdictOnSelection } from '../slow-reference.js';

const LEAF_TYPES = ['String', 'S'];
const ROOTS = ['Query', 'Mutation'];

function arrange(g: fc.GeneratorValue) {
  const schema = randomSchema(g);
  const bare = executable(schema, () => {});
  const caller = randomCaller(g);
  const policies = { q0: () => true, q1: () => true };
  const { permittedSchema } = createAuthorization({ schema: bare, policies, agents: schema.agents });
  const documents = Array.from({ length: 3 }, () => parse(randomDocument(g, schema)));
  return { schema, bare, caller, permitted: permittedSchema(caller), documents };
}

const { numRuns = 40, seed = Date.now() % 2 ** 31 } = fc.readConfigureGlobal();
const cases = fc.sample(fc.gen().map(arrange), { numRuns, seed });

describe(`the schema of what a caller may use, of random schemas and callers (seed ${seed})`, () => {
  it('is valid, and so is what introspection says of it', () => {
    for (const { permitted } of cases) {
      const read = buildClientSchema(introspectionFromSchema(permitted));
      const problems = validateSchema(read).map(({ message }) => message);
      const isEmpty = Object.keys(permitted.getQueryType()?.getFields() ?? {}).length === 0;
      expect(problems).toEqual(isEmpty ? ['Type Query must define one or more fields.'] : []);
    }
  });

  it('has every field that the rules allow and that can be reached, and no other field', () => {
    for (const { schema, caller, permitted } of cases) {
      expect(fieldsOf(permitted)).toEqual(expectedFields(schema, caller));
    }
  });

  it('has the members of each interface and union that have a field left', () => {
    for (const { schema, caller, permitted } of cases) {
      const expected = new Set(expectedFields(schema, caller).map((coordinate) => coordinate.split('.')[0]));
      for (const type of Object.values(permitted.getTypeMap()).filter(isAbstractType)) {
        const members = type.name === 'U' ? schema.members : (schema.implementers.get(type.name) ?? []);
        const names = permitted.getPossibleTypes(type).map(({ name }) => name);
        expect(names.sort()).toEqual(members.filter((name) => expected.has(name)).sort());
      }
    }
  });

  it('accepts no operation in which a scope, a role or a permission is missing', () => {
    for (const { schema, caller, permitted, documents } of cases) {
      for (const document of documents.filter((one) => fits(permitted, one))) {
        const selected = selectedFields(schema, document, { yes: true, no: false });
        const verdicts = selected.map((field) => verdictOnSelection(schema, field, caller, undefined));
        expect(verdicts.filter((verdict) => !isShown(verdict))).toEqual([]);
      }
    }
  });

  it('accepts operations and hides elements in the same schema', () => {
    const isTelling = ({ bare, permitted, documents }: ReturnType<typeof arrange>) =>
      fieldsOf(permitted).length < fieldsOf(bare).length && documents.some((document) => fits(permitted, document));
    // The seed does not decide whether this is seen: cases are made until it is.
    const isSeen = (at: number): boolean =>
      fc.sample(fc.gen().map(arrange), { numRuns: 10, seed: seed + at }).some(isTelling) || isSeen(at + 1);
    expect(cases.some(isTelling) || isSeen(1)).toBe(true);
  });
});

/** graphql-js leaves an operation that the schema has no root type for to the execution. */
function fits(schema: GraphQLSchema, document: DocumentNode): boolean {
  const hasRoot = document.definitions.every((node) => !('operation' in node) || schema.getRootType(node.operation));
  return hasRoot && validate(schema, document).length === 0;
}

/** Leaves out the fields that the token denies. Groups and a step-up may still give the rest. */
function isShown(verdict: ReturnType<typeof verdictOn>): boolean {
  return verdict === 'ok' || verdict === 'SERVICE_UNAVAILABLE' || verdict === 'INSUFFICIENT_CLAIMS';
}

function fieldsOf(schema: GraphQLSchema): readonly string[] {
  return Object.values(schema.getTypeMap())
    .filter((type) => !type.name.startsWith('__') && (isObjectType(type) || isInterfaceType(type)))
    .flatMap((type) => ('getFields' in type ? Object.keys(type.getFields()).map((name) => `${type.name}.${name}`) : []))
    .sort();
}

/** Fields of interfaces that a type has with another interface, while one of the two is a union without fields. */
function unfitFields(
  schema: RandomSchema,
  usable: ReadonlyMap<string, boolean>,
  isInterface: (type: string) => boolean,
): readonly string[] {
  return [...schema.implementers].flatMap(([name, members]) =>
    Object.keys(FIELDS).flatMap((field) => {
      const declared = returnTypeOf(schema, name, field);
      const others = [...members, 'I1']
        .filter((member) => usable.get(member))
        .map((member) => returnTypeOf(schema, member, field))
        .filter((returned) => returned !== declared && schema.implementers.has(returned));
      const areInterfaces = [...others, declared].every(isInterface);
      return others.length === 0 || areInterfaces ? [] : [`${name}.${field}`];
    }),
  );
}

/** The same from the rules alone, by another way: a field is asked for its type, and each type for its fields. */
function expectedFields(schema: RandomSchema, caller: Caller | undefined): readonly string[] {
  const possible = (type: string) =>
    type === 'U' ? schema.members : (schema.implementers.get(type) ?? (OBJECTS.includes(type) ? [type] : []));
  const isAllowed = (type: string, field: string) => {
    const types = ROOTS.includes(type) ? [type] : possible(type);
    return types.every((name) => isShown(verdictOn(rulesOf(schema, name, field), caller, undefined)));
  };
  const isUsable = (type: string, around: readonly string[]): boolean => {
    if (LEAF_TYPES.includes(type) || around.includes(type)) return true;
    if (!OBJECTS.includes(type)) return possible(type).some((name) => isUsable(name, [...around, type]));
    return Object.keys(FIELDS).some(
      (field) => isAllowed(type, field) && isUsable(returnTypeOf(schema, type, field), [...around, type]),
    );
  };
  const usable = new Map(['T0', 'T1', 'T2', 'I0', 'I1', 'U', ...LEAF_TYPES].map((type) => [type, isUsable(type, [])]));
  const unfit = new Set<string>();
  const isExpected = (type: string, field: string): boolean =>
    isAllowed(type, field) &&
    usable.get(returnTypeOf(schema, type, field)) === true &&
    !unfit.has(`${type}.${field}`) &&
    // An interface has what each of its types has, and one of them may return a type that is gone.
    (schema.implementers.get(type) ?? []).every((name) => !usable.get(name) || isExpected(name, field));
  const isInterface = (type: string) => Object.keys(FIELDS).some((field) => isExpected(type, field));
  // A field that does not fit is not shown, and without it another may not fit.
  for (let before = -1; before < unfit.size; ) {
    before = unfit.size;
    for (const coordinate of unfitFields(schema, usable, isInterface)) unfit.add(coordinate);
  }
  const fieldsOn = (type: string) => Object.keys(FIELDS).filter((name) => type !== 'U' && isExpected(type, name));
  // The set grows while it is walked. An interface that nothing returns is there for its objects, and brings no others.
  const returned = new Set(ROOTS);
  for (const type of returned) {
    const next = [...possible(type), ...fieldsOn(type).map((field) => returnTypeOf(schema, type, field))];
    for (const name of next) if (usable.get(name) && !LEAF_TYPES.includes(name)) returned.add(name);
  }
  const interfaces = [...schema.implementers].flatMap(([name, members]) =>
    members.some((member) => returned.has(member)) ? [name] : [],
  );
  const found = new Set(
    [...returned, ...interfaces].flatMap((type) => fieldsOn(type).map((name) => `${type}.${name}`)),
  );
  return [...found].sort();
}
