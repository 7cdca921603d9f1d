import { execute, GraphQLError, type GraphQLResolveInfo, parse } from 'graphql';
import { describe, expect, it, vi } from 'vitest';
import { createAuthorization } from '../../../../src/authorization/authorization.js';
import type { Denial } from '../../../../src/authorization/decisions/denial.js';
import { createDecisionsByPlace } from '../../../../src/authorization/guards/memory/decisions-by-place.js';
import { schemaOf, user } from '../../harness.js';

const schema = schemaOf(`
  type Query { items: [Item!]! @authenticated others: [Item!]! @authenticated owned: [Owned!]! @authenticated }
  type Item implements Owned { id: Int! @authenticated cost(of: Int): Int @requiresRoles(roles: [["Auditor"]]) own: Int @policy(policies: [["own"]])
    both: Int @requiresRoles(roles: [["Auditor"]]) @policy(policies: [["own"]])
    stepUp(of: Int @requiresRoles(roles: [["Auditor"]])): Int @requiresAuthContext(id: "c1")
    byInterface: Int @policy(policies: [["own"]])
  }
  type Other implements Owned { byInterface: Int @authenticated }
  interface Owned { byInterface: Int }
`);
const rows = Array.from({ length: 5 }, (_, id) => ({ id, cost: id, own: id, byInterface: id, __typename: 'Item' }));
const rootValue = { items: rows, others: rows, owned: rows };

function createApi(policy = vi.fn(() => false)) {
  const onDenied = vi.fn<(denial: Denial) => void>();
  const { schema: guarded } = createAuthorization({ schema, policies: { own: policy }, onDenied });
  const ask = (query: string, contextValue: unknown) =>
    execute({ schema: guarded, document: parse(query), rootValue, contextValue });
  return { ask, onDenied, policy };
}

describe('a field that the token does not allow, in a list', () => {
  it('is denied in every item, each error with its path', async () => {
    const { ask, onDenied } = createApi();
    const { data, errors = [] } = await ask('{ items { id cost } }', { caller: user() });
    const expected = rows.map(({ id }) => ['items', id, 'cost']);
    expect(data).toEqual({ items: rows.map(({ id }) => ({ id, cost: null })) });
    expect(errors.map(({ path }) => path)).toEqual(expected);
    expect(onDenied.mock.calls.map(([{ path }]) => path)).toEqual(expected);
  });

  it('has errors that look alike but for their paths', async () => {
    const { errors = [] } = await createApi().ask('{ items { cost } }', { caller: user() });
    const [first, ...others] = errors.map((error) => ({ ...error.toJSON(), path: undefined }));
    expect(first).toMatchObject({ message: expect.stringContaining('Auditor'), extensions: { code: 'FORBIDDEN' } });
    for (const other of others) expect(other).toEqual(first);
    for (const error of errors) expect(error).toBeInstanceOf(GraphQLError);
  });

  it('is denied at each place in the query', async () => {
    const { errors = [] } = await createApi().ask('{ items { cost a: cost(of: 1) } others { cost } }', {
      caller: user(),
    });
    expect(new Set(errors.map(({ path = [] }) => `${path[0]} ${path[2]}`))).toEqual(
      new Set(['items cost', 'items a', 'others cost']),
    );
  });

  it('is denied to the right callers, regardless of who asked before', async () => {
    const { ask } = createApi();
    const document = '{ items { cost } }';
    expect((await ask(document, { caller: user() })).errors).toHaveLength(5);
    expect((await ask(document, { caller: user({ roles: ['Auditor'] }) })).errors).toBeUndefined();
    expect((await ask(document, { caller: user() })).errors).toHaveLength(5);
  });

  it('is judged anew when the same context comes with another caller', async () => {
    const { ask } = createApi();
    const context = { caller: user() };
    expect((await ask('{ items { cost } }', context)).errors).toHaveLength(5);
    context.caller = user({ roles: ['Auditor'] });
    expect((await ask('{ items { cost } }', context)).errors).toBeUndefined();
  });

  it.each([undefined, null, 'text'])('is denied with %j for a context', async (context) => {
    const { data, errors } = await createApi().ask('{ items { cost } }', context);
    expect([data, errors?.length]).toEqual([null, 1]);
  });
});

describe('a policy', () => {
  const ofEverySecond = () => {
    const policy = vi.fn(() => policy.mock.calls.length % 2 === 0);
    return policy;
  };

  it.each(['items { value: own }', 'owned { value: byInterface }'])('is asked for each item: %s', async (selection) => {
    const { ask, policy } = createApi(ofEverySecond());
    const { data } = await ask(`{ list: ${selection} }`, { caller: user() });
    expect(policy).toHaveBeenCalledTimes(5);
    expect(data).toEqual({ list: [null, 1, null, 3, null].map((value) => ({ value })) });
  });

  it('is not asked about whom the token does not allow', async () => {
    const { ask, policy } = createApi();
    const { errors = [] } = await ask('{ items { both } }', { caller: user() });
    expect(errors[0]?.message).toContain('role Auditor');
    expect(policy).not.toHaveBeenCalled();
  });
});

it('a step-up is asked for only when it is all that is missing', async () => {
  const codeFor = async (roles: string[]) => {
    const { errors = [] } = await createApi().ask('{ items { stepUp(of: 1) } }', { caller: user({ roles }) });
    return errors[0]?.extensions.code;
  };
  expect(await codeFor([])).toBe('FORBIDDEN');
  expect(await codeFor(['Auditor'])).toBe('INSUFFICIENT_CLAIMS');
});

it('judges once for each context and list of nodes', () => {
  const decideOnce = createDecisionsByPlace();
  const judge = vi.fn(() => 'undecided' as const);
  const [here, there] = [{ fieldNodes: [] }, { fieldNodes: [] }] as unknown as GraphQLResolveInfo[];
  const [context, other] = [{}, {}];
  const asked = (of: unknown, info = here) => {
    judge.mockClear();
    decideOnce(of, info as GraphQLResolveInfo, judge);
    return judge.mock.calls.length;
  };
  expect([asked(context), asked(context), asked(context, there), asked(context, there)]).toEqual([1, 0, 1, 0]);
  expect([asked(other), asked(other)]).toEqual([1, 0]);
  expect([asked(undefined), asked(undefined)]).toEqual([1, 1]);
});
