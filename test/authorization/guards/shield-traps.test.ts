import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import {
  buildSchema,
  execute,
  GraphQLError,
  GraphQLObjectType,
  type GraphQLResolveInfo,
  GraphQLString,
  parse,
} from 'graphql';
import { describe, expect, it, vi } from 'vitest';
import { createAuthorization } from '../../../src/authorization/authorization.js';
import { createDecisions } from '../../../src/authorization/decisions/decisions.js';
import {
  allOf,
  createAskShield,
  createRule,
  deny,
  middlewareOfField,
} from '../../../src/authorization/guards/shield-middleware.js';
import { createShieldRules } from '../../../src/authorization/guards/shield-rules.js';
import { ask, authorize, denials, directives, toOutcomes, user } from '../harness.js';

/** Faults of graphql-shield and graphql-middleware that are closed here. One test for each trap. */

const caller = user({ roles: ['r'] });
const secret = 'type Query { open: Int @public secret: Int @requiresRoles(roles: [["r"]]) }';

describe('traps of graphql-shield', () => {
  it('a rule keyed by an interface, union, scalar or input protects nothing: here it stops the start', () => {
    for (const type of [
      'interface T @authenticated { x: Int }',
      'union T @authenticated = Query',
      'input T @public { x: Int }',
    ]) {
      expect(() => authorize(`type Query { q: Int @public } ${type}`)).toThrow();
    }
  });

  it('one missing rule in a type’s map drops the others: here each field has its own', async () => {
    const api = authorize(
      'type Query { a: A @public } type A { bare: Int secret: Int @requiresRoles(roles: [["r"]]) }',
      {
        Query: { a: () => ({ bare: 1, secret: 2 }) },
      },
    );
    expect((await ask(api, '{ a { bare secret } }', { caller: user() })).data).toEqual({
      a: { bare: 1, secret: null },
    });
  });

  it('and() and chain() without children allow: here an empty list stops the start', () => {
    expect(() => authorize('type Query { a: Int @policy(policies: []) }')).toThrow();
    expect(() => authorize('type Query { a: Int @policy(policies: [[]]) }')).toThrow();
  });

  it('a rule that throws or returns an Error must deny', async () => {
    for (const answer of [() => Promise.reject(new Error('x')), () => new Error('x') as unknown as boolean]) {
      const api = authorize('type Query { a: Int @policy(policies: [["p"]]) }', {}, { policies: { p: answer } });
      expect(denials(await ask(api, '{ a }', { caller }))).toEqual(['FORBIDDEN Query.a']);
    }
  });

  it('contextual caching keeps the first decision: here each call is decided', async () => {
    const answers = [true, false];
    const p = vi.fn(() => answers.shift() ?? false);
    const api = authorize(
      'type Query { a: Int @policy(policies: [["p"]]) b: Int @policy(policies: [["p"]]) }',
      { Query: { a: () => 1, b: () => 2 } },
      { policies: { p } },
    );
    expect((await ask(api, '{ a b }', { caller })).data).toEqual({ a: 1, b: null });
    expect(p).toHaveBeenCalledTimes(2);
  });

  it('the cache goes by the rule’s name: here rules with equal names in two schemas do not meet', async () => {
    const sdl = 'type Query { a: Int @policy(policies: [["p"]]) }';
    const yes = authorize(sdl, { Query: { a: () => 1 } }, { policies: { p: () => true } });
    const no = authorize(sdl, { Query: { a: () => 1 } }, { policies: { p: () => false } });
    const contextValue = { caller };
    const run = (schema: typeof yes.schema) => execute({ schema, document: parse('{ a }'), contextValue });
    expect(await run(yes.schema)).toMatchObject({ data: { a: 1 } });
    expect(await run(no.schema)).toMatchObject({ data: { a: null } });
  });

  it('strict caching ignores the field: here two fields with the same parent and arguments are distinguished', async () => {
    const api = authorize('type Query { a: Int @public b: Int @requiresRoles(roles: [["other"]]) }', {
      Query: { a: () => 1, b: () => 2 },
    });
    expect((await ask(api, '{ a b }', { caller })).data).toEqual({ a: 1, b: null });
  });

  it.each(['granted', 'denied'])('a frozen context: %s', async (which) => {
    const api = authorize(
      'type Query { a: Int @policy(policies: [["p"]]) }',
      { Query: { a: () => 1 } },
      {
        policies: { p: () => which === 'granted' },
      },
    );
    const contextValue = Object.freeze({ caller });
    const result = await execute({ schema: api.schema, document: parse('{ a }'), contextValue });
    expect(toOutcomes(result).errors.map(({ code }) => code)).toEqual(which === 'granted' ? [] : ['FORBIDDEN']);
  });

  it('nothing is written into the context', async () => {
    const api = authorize('type Query { a: Int @policy(policies: [["p"]]) }', {}, { policies: { p: () => true } });
    const contextValue = { caller };
    await execute({ schema: api.schema, document: parse('{ a }'), contextValue });
    expect(Object.keys(contextValue)).toEqual(['caller']);
  });

  it.each([new GraphQLError('mine', { extensions: { code: 'MINE' } }), new TypeError('plain')])(
    'a resolver’s error stays the same error: %s',
    async (error) => {
      for (const rule of ['@requiresRoles(roles: [["r"]])', '@policy(policies: [["p"]])']) {
        const api = authorize(
          `type Query { a: Int ${rule} }`,
          { Query: { a: () => Promise.reject(error) } },
          { policies: { p: () => true } },
        );
        const { errors } = await execute({ schema: api.schema, document: parse('{ a }'), contextValue: { caller } });
        expect(errors?.[0]).toMatchObject({ message: error.message, originalError: error });
      }
    },
  );

  it('a text that a resolver throws is an error, and not the field’s value', async () => {
    const api = authorize(
      'type Query { a: String @policy(policies: [["p"]]) }',
      { Query: { a: () => Promise.reject('thrown') } },
      { policies: { p: () => true } },
    );
    const answer = await ask(api, '{ a }', { caller });
    expect(answer.data).toEqual({ a: null });
    expect(answer.errors).toHaveLength(1);
  });

  it('a denial keeps its code', async () => {
    const answer = await ask(authorize(secret), '{ open secret }', { caller: user() });
    expect(denials(answer)).toEqual(['FORBIDDEN Query.secret']);
  });

  it('one error object must not be shared: each denial has extensions of its own', async () => {
    const api = authorize(secret);
    const run = () => execute({ schema: api.schema, document: parse('{ a: secret b: secret }'), contextValue: {} });
    const results = [await run(), await run()].flatMap(({ errors }) => errors ?? []);
    expect(new Set(results.map(({ extensions }) => extensions)).size).toBe(4);
  });

  it('what a policy throws does not reach the client', async () => {
    const failing = () => Promise.reject(new Error('connect ECONNREFUSED 10.0.0.7'));
    const api = authorize('type Query { a: Int @policy(policies: [["p"]]) }', {}, { policies: { p: failing } });
    expect((await ask(api, '{ a }', { caller })).text).not.toContain('ECONNREFUSED');
  });

  it('a type’s rule gates the fields that return it too, so that nothing tells existence or count', async () => {
    const users = vi.fn(() => [{}, {}]);
    const api = authorize(
      'type Query { open: Int @public users: [User] @authenticated } type User @requiresRoles(roles: [["admin"]]) { x: Int }',
      {
        Query: { users },
      },
    );
    const answer = await ask(api, '{ open users { __typename } }', { caller });
    expect(answer.data).toEqual({ open: null, users: null });
    expect(users).not.toHaveBeenCalled();
  });

  it('fields and types named like members of Object are ordinary names', async () => {
    const sdl = `type Query { constructor: constructor @public toString: Int @requiresRoles(roles: [["r"]]) }
      type constructor { hasOwnProperty: Int @requiresRoles(roles: [["r"]]) valueOf: Int }`;
    // Built without graphql-tools, which takes `Object` for a resolver here.
    const bare = buildSchema(directives + sdl);
    const api = { ...createAuthorization({ schema: bare }), bare };
    const rootValue = { constructor: { hasOwnProperty: 1, valueOf: 2 }, toString: 3 };
    const query = '{ constructor { hasOwnProperty valueOf } toString }';
    expect((await ask(api, query, { caller: user(), rootValue })).data).toEqual({
      constructor: { hasOwnProperty: null, valueOf: 2 },
      toString: null,
    });
    expect((await ask(api, query, { caller, rootValue })).data).toEqual(rootValue);
  });

  it('the ES build cannot be loaded by newer Nodes: the CommonJS build is', () => {
    const source = readFileSync(
      new URL('../../../src/authorization/guards/shield-middleware.ts', import.meta.url),
      'utf8',
    );
    expect(source).not.toMatch(/^import (?!type).*graphql-shield'/m);
    expect(source).not.toMatch(/\b(chain|race)\(/);
  });

  it('generating is quadratic in the fields: here a rule is generated for one field and shared', async () => {
    const fields = Array.from({ length: 400 }, (_, at) => `f${at}: Int @requiresRoles(roles: [["r${at % 5}"]])`);
    const { requirements: table } = authorize(`type Query @authenticated { a: Int ${fields.join(' ')} }`);
    const tree = createShieldRules(table, { argumentsOf: () => [] }, createDecisions(table.requirements));
    expect(new Set(Object.values(tree.Query ?? {})).size).toBe(6);
  });
});

describe('traps of graphql-middleware', () => {
  it('public and introspection fields keep their own resolver', () => {
    const api = authorize(secret, { Query: { open: () => 1 } });
    expect(api.schema.getQueryType()?.getFields().open?.resolve).toBe(
      api.bare.getQueryType()?.getFields().open?.resolve,
    );
  });

  it('the given schema is not modified', () => {
    const api = authorize(secret, { Query: { secret: () => 1 } });
    expect(api.schema).not.toBe(api.bare);
    expect(
      api.bare
        .getQueryType()
        ?.getFields()
        .secret?.resolve?.(null, {}, null, {} as GraphQLResolveInfo),
    ).toBe(1);
  });

  it('a granted resolver stays synchronous', () => {
    const api = authorize(secret, { Query: { secret: () => 1 } });
    const result = execute({ schema: api.schema, document: parse('{ secret }'), contextValue: { caller } });
    expect(result).not.toBeInstanceOf(Promise);
  });
});

describe('createAskShield', () => {
  const parentType = new GraphQLObjectType({ name: 'Query', fields: { a: { type: GraphQLString } } });
  const info = { parentType, fieldName: 'a', path: { key: 'a' } } as GraphQLResolveInfo;
  const askShield = createAskShield();
  const isGranted = (decide: () => unknown) =>
    askShield(createRule('rule', decide as () => true), {}, { parent: {}, args: {}, info });

  it.each([new Error('bug'), new GraphQLError('bug')])('denies when the decision itself fails: %s', async (error) => {
    expect(await isGranted(() => Promise.reject(error))).toBe(false);
    expect(await isGranted(() => error)).toBe(false);
  });

  it.each([undefined, null, 0, 1, {}, 'yes', false])('takes %s for no grant', async (answer) => {
    expect(await isGranted(() => Promise.resolve(answer))).toBe(false);
  });

  it('denies where and() has no children, which would allow', async () => {
    const call = { parent: {}, args: {}, info };
    expect(await askShield(createRequire(import.meta.url)('graphql-shield').and(), {}, call)).toBe(true);
    expect(await askShield(allOf([]), {}, call)).toBe(false);
    expect(await askShield(deny, {}, call)).toBe(false);
  });

  it.each([undefined, {}, { Query: {} }, { Query: { field: { resolve: 1 } } }])(
    'stops the start when shield generates %j instead of a function',
    (generated) => {
      expect(() => middlewareOfField(generated)).toThrow(TypeError);
    },
  );

  it('grants for true alone', async () => {
    expect(await isGranted(() => Promise.resolve(true))).toBe(true);
  });
});
