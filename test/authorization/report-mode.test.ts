import { parse } from 'graphql';
import { describe, expect, it } from 'vitest';
import type { Denial } from '../../src/authorization/authorization.js';
import { ask, authorize, user } from './harness.js';

const sdl = `
  type Query {
    open: Int @public
    secret: Int @requiresRoles(roles: [["admin"]])
    person: Person @authenticated
    list(all: Boolean @requiresRoles(roles: [["admin"]])): Int @authenticated
  }
  type Mutation { write: Int @requiresScopes(scopes: [["write"]]) }
  type Person { name: String salary: Int @policy(policies: [["self"]]) }
`;
const create = () => {
  const told: Denial[] = [];
  const api = authorize(
    sdl,
    {
      Query: { open: () => 0, secret: () => 1, person: () => ({ name: 'Ann', salary: 2 }), list: () => 3 },
      Mutation: { write: () => 4 },
    },
    { mode: 'report', policies: { self: () => false }, onDenied: (denial) => told.push(denial) },
  );
  return { api, told: () => told.map(({ code, path }) => `${code} ${path.join('.')}`) };
};

describe('report mode', () => {
  it('gives full data without errors, and tells what would have been denied', async () => {
    const { api, told } = create();
    const answer = await ask(api, '{ open secret person { name salary } }', { caller: user() });
    expect(answer).toMatchObject({
      kind: 'guarded',
      data: { open: 0, secret: 1, person: { name: 'Ann', salary: 2 } },
      errors: [],
    });
    expect(told().sort()).toEqual(['FORBIDDEN person.salary', 'FORBIDDEN secret']);
  });

  it('runs what it would have refused', async () => {
    const { api, told } = create();
    expect((await ask(api, 'mutation { write }', { caller: user() })).data).toEqual({ write: 4 });
    expect(told()).toEqual(['FORBIDDEN write']);
  });

  it('keeps closed to anonymous callers what is not public', async () => {
    const { api } = create();
    expect(await ask(api, 'mutation { write }')).toMatchObject({ kind: 'refused', status: 401 });
    expect(await ask(api, '{ open secret }')).toMatchObject({ data: { open: 0, secret: null } });
  });

  it('lists with the decision what it would have refused', () => {
    const { api } = create();
    const decision = api.check({ document: parse('{ list(all: true) }'), caller: user() });
    expect(decision).toMatchObject({
      kind: 'guarded',
      denials: [{ coordinate: 'Query.list(all:)', code: 'FORBIDDEN', path: ['list'] }],
    });
  });

  it('tells of protected inputs while it runs, too', async () => {
    const { api, told } = create();
    expect((await ask(api, '{ list(all: true) }', { caller: user() })).data).toEqual({ list: 3 });
    expect(told()).toEqual(['FORBIDDEN list']);
  });

  it('lets run unguarded what is granted', async () => {
    const { api, told } = create();
    expect((await ask(api, '{ secret }', { caller: user({ roles: ['admin'] }) })).kind).toBe('unguarded');
    const skipped = 'query ($v: Boolean!) { open secret @include(if: $v) }';
    expect((await ask(api, skipped, { caller: user(), variables: { v: false } })).kind).toBe('unguarded');
    expect(told()).toEqual([]);
  });
});

describe('onDenied', () => {
  it('is reported in enforce mode too, with the list position in the path', async () => {
    const told: Denial[] = [];
    const api = authorize(
      'type Query { all: [A] @authenticated } type A { x: Int @requiresRoles(roles: [["r"]]) }',
      { Query: { all: () => [{ x: 1 }, { x: 2 }] } },
      { onDenied: (denial) => told.push(denial) },
    );
    await ask(api, '{ all { y: x } }', { caller: user() });
    expect(told).toEqual([
      { coordinate: 'A.x', code: 'FORBIDDEN', missing: [{ kind: 'role', anyOf: [['r']] }], path: ['all', 0, 'y'] },
      { coordinate: 'A.x', code: 'FORBIDDEN', missing: [{ kind: 'role', anyOf: [['r']] }], path: ['all', 1, 'y'] },
    ]);
  });

  it.each(['enforce', 'report'] as const)('decides nothing when it throws, in %s mode', async (mode) => {
    const api = authorize(
      sdl,
      { Query: { open: () => 0, secret: () => 1 } },
      {
        mode,
        policies: { self: () => true },
        onDenied: () => {
          throw new Error('disk full');
        },
      },
    );
    const answer = await ask(api, '{ open secret }', { caller: user() });
    expect(answer.data).toEqual({ open: 0, secret: mode === 'report' ? 1 : null });
    expect(answer.text).not.toContain('disk full');
  });
});
