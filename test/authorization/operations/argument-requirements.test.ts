import { execute, getOperationAST, parse, visit } from 'graphql';
import { describe, expect, it } from 'vitest';
import { findActiveUses } from '../../../src/authorization/operations/active-uses.js';
import { findUsedInputs } from '../../../src/authorization/operations/argument-requirements.js';
import { createPlanner, fragmentsOf } from '../../../src/authorization/operations/planner.js';
import { createProtectedInputs } from '../../../src/authorization/requirements/protected-inputs.js';
import { ask, authorize, user } from '../harness.js';

const sdl = `
  scalar Anything
  type Query {
    list(filter: Filter, filters: [[Filter]], anything: Anything, plain: Plain, secret: Int @requiresRoles(roles: [["r"]])
      secretPlain: Plain @requiresRoles(roles: [["r"]]), other: Other): Int @authenticated
  }
  type Mutation @authenticated { write(filter: Filter): Int }
  input Plain { x: Int }
  input Filter { title: String deleted: Boolean @requiresRoles(roles: [["r"]]) and: [Filter!] outer: Outer }
  input Outer { filter: Filter plain: Int }
  input Other { outer: Outer filter: Filter }
`;
const api = authorize(sdl, { Query: { list: () => 1 }, Mutation: { write: () => 1 } });
const used = (query: string, variables?: Record<string, unknown>) => {
  const decision = api.check({ document: parse(query), caller: user(), variables });
  return decision.kind === 'refused' ? decision.denials.map(({ coordinate }) => coordinate) : [];
};
const DELETED = ['Filter.deleted'];

describe('protected inputs in literals', () => {
  it.each([
    '{ list(filter: {deleted: true}) }',
    '{ list(filter: {deleted: false}) }',
    '{ list(filter: {deleted: null}) }',
    '{ list(filter: {and: [{title: "x"}, {deleted: true}]}) }',
    '{ list(filter: {and: {deleted: true}}) }',
    '{ list(filter: {outer: {filter: {deleted: true}}}) }',
    '{ list(filters: [[{deleted: true}]]) }',
    '{ list(filters: {deleted: true}) }',
    '{ list(other: {outer: {filter: {deleted: true}}}) }',
    '{ list(other: {filter: {deleted: true}}) }',
    'mutation { write(filter: {deleted: true}) }',
  ])('finds %s', (query) => {
    expect(used(query)).toEqual(DELETED);
  });

  it.each([
    '{ list }',
    '{ list(filter: null) }',
    '{ list(filter: {title: "deleted"}) }',
    '{ list(filter: {and: []}) }',
    '{ list(filter: {outer: {plain: 1}}) }',
    '{ list(anything: {deleted: true}) }',
    '{ list(plain: {x: 1}) }',
  ])('finds nothing in %s', (query) => {
    expect(used(query)).toEqual([]);
  });

  it('takes a field without a list of arguments, as other tools make it', () => {
    const document = parse('{ list }', { noLocation: true });
    const bare = visit(document, { Field: (node) => ({ ...node, arguments: undefined }) });
    expect(api.check({ document: bare, caller: user() })).toEqual({ kind: 'unguarded' });
  });

  it('finds an argument that is null', () => {
    expect(used('{ list(secret: null) }')).toEqual(['Query.list(secret:)']);
  });

  it('finds an argument with a value in which nothing is protected', () => {
    expect(used('{ list(secretPlain: {x: 1}) }')).toEqual(['Query.list(secretPlain:)']);
  });

  it('finds an input field that is reached by way of one other input type alone', () => {
    const chain = authorize(
      `type Query { list(a: A): Int @authenticated } input A { b: B } input B { c: C }
       input C { secret: Int @requiresRoles(roles: [["r"]]) }`,
    );
    const document = parse('{ list(a: {b: {c: {secret: 1}}}) }');
    expect(chain.check({ document, caller: user() })).toMatchObject({ denials: [{ coordinate: 'C.secret' }] });
  });

  it('names an input field once, however often a field uses it', () => {
    expect(used('{ list(filter: {deleted: true, and: [{deleted: true}]}) }')).toEqual(DELETED);
  });
});

describe('protected inputs in variables', () => {
  it('counts an argument whose variable is given, even as null', () => {
    const query = 'query ($v: Int) { list(secret: $v) }';
    expect(used(query, { v: 1 })).toEqual(['Query.list(secret:)']);
    expect(used(query, { v: null })).toEqual(['Query.list(secret:)']);
  });

  it('does not count an argument whose variable is not given', () => {
    expect(used('query ($v: Int) { list(secret: $v) }', {})).toEqual([]);
  });

  it('counts an argument whose variable has a default', () => {
    expect(used('query ($v: Int = 1) { list(secret: $v) }', {})).toEqual(['Query.list(secret:)']);
  });

  it('counts an input field in a variable, at any depth', () => {
    const query = 'query ($f: Filter) { list(filter: $f) }';
    expect(used(query, { f: { and: [{ outer: { filter: { deleted: null } } }] } })).toEqual(DELETED);
    expect(used(query, { f: { and: [{ title: 'x' }] } })).toEqual([]);
  });

  it('counts an input field in a variable’s default', () => {
    expect(used('query ($f: Filter = {deleted: true}) { list(filter: $f) }')).toEqual(DELETED);
  });

  it('counts an input field that a variable fills', () => {
    const query = 'query ($d: Boolean) { list(filter: {deleted: $d}) }';
    expect(used(query, { d: null })).toEqual(DELETED);
    expect(used(query, {})).toEqual([]);
  });

  it('looks at a variable that is used twice in both places', () => {
    const query = 'query ($f: Filter) { a: list(filter: $f) b: list(filter: {and: [$f]}) }';
    expect(used(query, { f: { deleted: true } })).toEqual(DELETED);
  });

  it.each(['constructor', 'toString', '__proto__', 'hasOwnProperty'])(
    'sees a variable $%s just when the resolver does',
    async (name) => {
      let seen = false;
      const list = (_: unknown, { filter }: { filter: object }) => {
        seen = 'deleted' in filter;
      };
      const echo = authorize(sdl, { Query: { list } });
      const query = `query ($${name}: Boolean) { list(filter: {deleted: $${name}}) }`;
      for (const variables of [{}, JSON.parse(`{"${name}": true}`)]) {
        await ask(echo, query, { caller: user({ roles: ['r'] }), variables });
        expect(used(query, variables)).toEqual(seen ? DELETED : []);
      }
    },
  );

  it('refuses nothing for variables that cannot be coerced: the executor does', () => {
    expect(used('query ($f: Filter) { list(filter: $f) }', { f: { deleted: 'maybe' } })).toEqual([]);
  });

  it('looks through a value as deep as the executor takes it', () => {
    let value: object = { deleted: true };
    for (let depth = 0; depth < 500; depth++) value = { and: [value] };
    expect(used('query ($f: Filter) { list(filter: $f) }', { f: value })).toEqual(DELETED);
  });

  it('looks a value through once, in however many places it is used', () => {
    const looks: unknown[] = [];
    const item = new Proxy(
      { title: 'x' },
      {
        getOwnPropertyDescriptor(value, name) {
          looks.push(name);
          return Reflect.getOwnPropertyDescriptor(value, name);
        },
      },
    );
    const document = parse('query ($f: Filter) { a: list(filter: $f) b: list(filter: $f) c: list(filters: [[$f]]) }');
    const operation = getOperationAST(document);
    if (!operation) throw new Error('no operation');
    const { bare: schema, requirements: table } = api;
    const protectedInputs = createProtectedInputs(schema, table.inputs);
    const plan = createPlanner({ schema, table, protectedInputs })(operation, fragmentsOf(document));
    const variables = { f: { and: [item, item] } };
    expect(findUsedInputs(findActiveUses(plan, variables), variables, protectedInputs)).toEqual([]);
    expect(looks.sort()).toEqual(['and', 'deleted', 'outer']);
  });
});

describe('protected inputs without a check', () => {
  it('denies the field that uses one, when a server executes without asking first', async () => {
    const run = (query: string) =>
      execute({ schema: api.schema, document: parse(query), contextValue: { caller: user() } });
    expect(await run('{ list(secret: 1) }')).toMatchObject({ data: { list: null } });
    expect(await run('{ list(filter: {deleted: null}) }')).toMatchObject({ data: { list: null } });
    expect(await run('{ list(filter: {title: "x"}) }')).toEqual({ data: { list: 1 } });
  });

  it('denies it on a public field, too', async () => {
    const open = authorize('type Query { a(secret: Int @requiresRoles(roles: [["r"]])): Int @public }');
    const run = (query: string) =>
      execute({ schema: open.schema, document: parse(query), rootValue: { a: 1 }, contextValue: { caller: user() } });
    expect(await run('{ a(secret: 1) }')).toMatchObject({ data: { a: null } });
    expect(await run('{ a }')).toEqual({ data: { a: 1 } });
  });

  it('runs a granted use', async () => {
    const answer = await ask(api, '{ list(filter: {deleted: true}) }', { caller: user({ roles: ['r'] }) });
    expect(answer).toMatchObject({ kind: 'unguarded', data: { list: 1 } });
  });
});
