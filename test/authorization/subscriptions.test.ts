import { type ExecutionResult, parse, subscribe } from 'graphql';
import { describe, expect, it, vi } from 'vitest';
import type { Caller } from '../../src/authentication/caller.js';
import type { AuthorizationContext, AuthorizationOptions } from '../../src/authorization/authorization.js';
import { authorize, toOutcomes, user } from './harness.js';

const sdl = `
  type Query { q: Int @public }
  type Subscription {
    changes: Change @requiresScopes(scopes: [["read"]])
    owned: Change @policy(policies: [["owns"]])
    plain: Change @requiresScopes(scopes: [["read"]])
    strict: Change @requiresScopes(scopes: [["read"]]) @requiresAuthContext(id: "c1")
  }
  type Change { id: ID hidden: Int @requiresRoles(roles: [["admin"]]) }
`;

async function* events(...ids: number[]) {
  for (const id of ids) yield { changes: { id, hidden: 7 }, owned: { id, hidden: 7 }, plain: { id, hidden: 7 } };
}

function create(options: Omit<AuthorizationOptions<AuthorizationContext>, 'schema'> = {}) {
  const source = vi.fn(() => events(1, 2));
  const changes = { subscribe: source, resolve: (event: { changes: unknown }) => event.changes };
  const api = authorize(
    sdl,
    { Subscription: { changes, owned: { subscribe: source }, strict: { subscribe: source } } },
    { policies: { owns: () => true }, ...options },
  );
  const run = (query: string, contextValue: unknown, rootValue?: unknown) =>
    subscribe({ schema: api.schema, document: parse(query), contextValue, rootValue });
  return { source, run };
}

const isStream = (
  result: Awaited<ReturnType<typeof subscribe>>,
): result is AsyncGenerator<ExecutionResult, void, void> => Symbol.asyncIterator in result;

async function collect(result: Awaited<ReturnType<typeof subscribe>>): Promise<readonly unknown[]> {
  if (!isStream(result)) return [`refused ${toOutcomes(result).errors[0]?.code}`];
  const seen: unknown[] = [];
  for await (const event of result) {
    seen.push(JSON.parse(JSON.stringify(event.data)));
    seen.push(...toOutcomes(event).errors.map(({ code, path }) => `${code} ${path}`));
  }
  return seen;
}

const reader = user({ scopes: ['read'] });

describe('subscriptions', () => {
  it('deliver events to whom they are granted', async () => {
    const { run } = create();
    const seen = await collect(await run('subscription { changes { id } }', { caller: reader }));
    expect(seen).toEqual([{ changes: { id: '1' } }, { changes: { id: '2' } }]);
  });

  it.each([
    ['an anonymous caller', undefined, 'UNAUTHENTICATED'],
    ['a caller without the scope', user(), 'FORBIDDEN'],
  ])('do not open the source for %s', async (_who, caller, code) => {
    const { run, source } = create();
    expect(await collect(await run('subscription { changes { id } }', { caller }))).toEqual([`refused ${code}`]);
    expect(source).not.toHaveBeenCalled();
  });

  it('nor for a caller that a policy denies', async () => {
    const { run, source } = create({ policies: { owns: () => false } });
    expect(await collect(await run('subscription { owned { id } }', { caller: user() }))).toEqual([
      'refused FORBIDDEN',
    ]);
    expect(source).not.toHaveBeenCalled();
  });

  it('nor for one who would have to step up', async () => {
    const { run, source } = create();
    const seen = await collect(await run('subscription { strict { id } }', { caller: reader }));
    expect(seen).toEqual(['refused INSUFFICIENT_CLAIMS']);
    expect(source).not.toHaveBeenCalled();
  });

  it('ask a policy before the source opens and for each event', async () => {
    const answers = [true, true, false];
    const { run } = create({ policies: { owns: () => answers.shift() ?? false } });
    const seen = await collect(await run('subscription { owned { id } }', { caller: user() }));
    expect(seen).toEqual([{ owned: { id: '1' } }, { owned: null }, 'FORBIDDEN owned']);
  });

  it('judge each event by the caller that the context has then', async () => {
    const { run } = create();
    const context: { caller: Caller | undefined } = { caller: reader };
    const stream = await run('subscription { changes { id } }', context);
    if (!isStream(stream)) throw new Error('The subscription was refused.');
    expect((await stream.next()).value).toMatchObject({ data: { changes: { id: '1' } } });
    context.caller = user();
    expect((await stream.next()).value).toMatchObject({ data: { changes: null } });
  });

  it('deny a field of an event', async () => {
    const { run } = create();
    const context = { caller: user({ scopes: ['read'], roles: ['admin'] }) };
    const stream = await run('subscription { changes { id hidden } }', context);
    context.caller = reader;
    const seen = await collect(stream);
    expect(seen.slice(0, 2)).toEqual([{ changes: { id: '1', hidden: null } }, 'FORBIDDEN changes.hidden']);
  });

  it('guard a field whose source is the root value’s', async () => {
    const { run } = create();
    const plain = vi.fn(() => events(1));
    expect(await collect(await run('subscription { plain { id } }', { caller: user() }, { plain }))).toEqual([
      'refused FORBIDDEN',
    ]);
    expect(plain).not.toHaveBeenCalled();
    const seen = await collect(await run('subscription { plain { id } }', { caller: reader }, { plain }));
    expect(seen).toEqual([{ plain: { id: '1' } }]);
  });
});
