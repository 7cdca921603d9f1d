import { describe, expect, it } from 'vitest';
import { application, ask, authorize, user } from '../harness.js';

const api = authorize('type Query { open: Int @public a: Int @authenticated }', {
  Query: { open: () => 1, a: () => 2 },
});
const callerOf = (json: string) => JSON.parse(json);

describe('the caller of a context', () => {
  it('is anonymous when it is null', async () => {
    const answer = await ask(api, '{ open a }', { caller: callerOf('null') });
    expect(answer.data).toEqual({ open: 1, a: null });
    expect(answer.errors).toMatchObject([{ code: 'UNAUTHENTICATED' }]);
    expect(await ask(api, '{ a }', { caller: callerOf('null') })).toMatchObject({ kind: 'refused', status: 401 });
    expect(api.explain(callerOf('null'))).toEqual(api.explain(undefined));
  });

  it.each(['{}', '"erin"', '{"kind": "user"}', '7', 'false'])('is an error when it is %s', async (json) => {
    await expect(ask(api, '{ a }', { caller: callerOf(json) })).rejects.toThrow(/"caller" of the context/);
  });

  it.each([user(), application('Read.All')])('is a caller of this package otherwise: $kind', async (caller) => {
    expect((await ask(api, '{ a }', { caller })).data).toEqual({ a: 2 });
  });
});
