import { execute, parse, subscribe } from 'graphql';
import { describe, expect, it, vi } from 'vitest';
import type { Caller } from '../../../src/authentication/caller.js';
import { authorize, toOutcomes, user } from '../harness.js';

const sdl = `
  input Change { text: String, urgent: Boolean @requiresRoles(roles: [["Keeper"]]) }
  type Item { id: ID @public secret: String @requiresRoles(roles: [["Keeper"]]) owned: String @policy(policies: [["no"]]) }
  type Query { item: Item @authenticated }
  type Mutation {
    change(change: Change): Item @authenticated
    open: Item @public
    needed: Item! @authenticated
    step: Item @requiresAuthContext(id: "c1")
  }
  type Subscription { changes: Item @authenticated news: Item @public }
`;

/** The guarded schema, run by a server that never calls `check`. */
function create(mode: 'enforce' | 'report' = 'enforce') {
  const ran: string[] = [];
  const onDenied = vi.fn();
  const item = { id: '1', secret: 's', owned: 'o' };
  const runs = (name: string) => () => {
    ran.push(name);
    return item;
  };
  const opens = (name: string) => ({
    async *subscribe() {
      ran.push(name);
      yield { [name]: item };
    },
  });
  const api = authorize(
    sdl,
    {
      Query: { item: runs('item') },
      Mutation: { change: runs('change'), open: runs('open'), needed: runs('needed'), step: runs('step') },
      Subscription: { changes: opens('changes'), news: opens('news') },
    },
    { policies: { no: () => false }, mode, onDenied },
  );
  const request = (source: string, caller: Caller | undefined, variableValues = {}) => {
    const asked = { schema: api.schema, document: parse(source), contextValue: { caller }, variableValues };
    return { ...asked, operationName: null };
  };
  return { api, ran, onDenied, request };
}

const keeper = user({ roles: ['Keeper'] });

describe('a mutation that is run without a check', () => {
  it.each<[string, Caller | undefined, string]>([
    ['mutation { change { id secret } }', user(), 'FORBIDDEN Item.secret change'],
    ['mutation { open { id secret } }', user(), 'FORBIDDEN Item.secret open'],
    ['mutation { open { id secret } }', undefined, 'UNAUTHENTICATED Item.secret open'],
    ['mutation { needed { id secret } }', user(), 'FORBIDDEN Item.secret needed'],
    ['mutation { change(change: {urgent: true}) { id } }', user(), 'FORBIDDEN Change.urgent change'],
    ['mutation { open { id } change { id } }', undefined, 'UNAUTHENTICATED Mutation.change open'],
    [
      'mutation { change { id } other: open { ...All } } fragment All on Item { secret }',
      user(),
      'FORBIDDEN Item.secret change',
    ],
    ['mutation { open { id } step { id } }', user({ canStepUp: true }), 'INSUFFICIENT_CLAIMS Mutation.step open'],
  ])('%s runs nothing when something of it is denied', async (source, caller, expected) => {
    const { ran, request } = create();
    const result = await execute(request(source, caller));
    expect(ran).toEqual([]);
    const [first] = toOutcomes(result).errors.map(({ code, coordinate, path }) => `${code} ${coordinate} ${path}`);
    expect(first).toBe(expected);
  });

  it('names at each of its fields what is denied below that field', async () => {
    const { ran, request, onDenied } = create();
    const result = await execute(request('mutation { open { id } change { secret } }', user()));
    expect(toOutcomes(result).errors).toEqual([
      { code: 'FORBIDDEN', coordinate: 'Item.secret', path: 'open' },
      { code: 'FORBIDDEN', coordinate: 'Item.secret', path: 'change' },
    ]);
    expect(result.data).toEqual({ open: null, change: null });
    expect(ran).toEqual([]);
    expect(onDenied).toHaveBeenCalledTimes(2);
  });

  it.each<[string, Caller | undefined]>([
    ['mutation { change { id secret } }', keeper],
    ['mutation { open { id } }', undefined],
    ['mutation { change { id secret @skip(if: true) } }', user()],
    ['mutation { change(change: {text: "x"}) { id owned } }', user()],
  ])('%s runs when nothing of it is denied by the token', async (source, caller) => {
    const { ran, request } = create();
    await execute(request(source, caller));
    expect(ran).toHaveLength(1);
  });

  it('is judged by the variables of each run', async () => {
    const { ran, request } = create();
    const asked = request('mutation ($more: Boolean!) { change { id secret @include(if: $more) } }', user());
    await execute({ ...asked, variableValues: { more: true } });
    expect(ran).toEqual([]);
    await execute({ ...asked, variableValues: { more: false } });
    expect(ran).toEqual(['change']);
  });

  it('runs in report mode for a verified caller alone and reports each denial once', async () => {
    const { ran, request, onDenied } = create('report');
    await execute(request('mutation { change { id secret } }', user()));
    expect(ran).toEqual(['change']);
    expect(onDenied).toHaveBeenCalledTimes(1);
    await execute(request('mutation { open { id secret } }', undefined));
    expect(ran).toEqual(['change']);
  });

  it('is refused for exactly those callers for whom check refuses it', async () => {
    for (const source of [
      'mutation { change { id secret } }',
      'mutation { open { id } }',
      'mutation { step { id } }',
    ]) {
      for (const caller of [undefined, user(), keeper, user({ canStepUp: true }), user({ authContexts: ['c1'] })]) {
        const { api, ran, request } = create();
        const { kind } = api.check({ document: parse(source), caller });
        await execute(request(source, caller));
        expect(ran.length === 0, `${source} ${JSON.stringify(caller)}`).toBe(kind === 'refused');
      }
    }
  });
});

describe('a subscription that is run without a check', () => {
  it.each<[string, Caller | undefined, string]>([
    ['subscription { changes { id secret } }', user(), 'FORBIDDEN Item.secret changes'],
    ['subscription { news { id secret } }', undefined, 'UNAUTHENTICATED Item.secret news'],
  ])('%s opens no source when something of it is denied', async (source, caller, expected) => {
    const { ran, request } = create();
    const result = await subscribe(request(source, caller));
    expect(ran).toEqual([]);
    expect(Symbol.asyncIterator in result).toBe(false);
    const [first] = toOutcomes(Object(result)).errors.map(
      ({ code, coordinate, path }) => `${code} ${coordinate} ${path}`,
    );
    expect(first).toBe(expected);
  });

  it('opens its source when nothing of it is denied', async () => {
    const { ran, request } = create();
    const result = await subscribe(request('subscription { news { id } }', undefined));
    expect(Symbol.asyncIterator in result).toBe(true);
    for await (const event of Object(result)) expect(event.data).toEqual({ news: { id: '1' } });
    expect(ran).toEqual(['news']);
  });
});

it.each([undefined, null, {}, { user: keeper }, 'caller'])(
  'an operation whose context says nothing of a caller is an error and not anonymous: %j',
  async (contextValue) => {
    const { ran, request } = create();
    for (const source of ['mutation { change { id } }', 'mutation { open { id } }', '{ item { id } }']) {
      const result = await execute({ ...request(source, undefined), contextValue });
      expect(result.errors?.map(({ message }) => message)).toEqual([
        expect.stringMatching(/^The context has no "caller"/),
      ]);
    }
    expect(ran).toEqual([]);
  },
);
