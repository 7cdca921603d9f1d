import { Kind } from 'graphql';
import { describe, expect, it } from 'vitest';
import type { Denial } from '../../../src/authorization/decisions/denial.js';
import { toRefusal } from '../../../src/authorization/operations/refusal.js';
import { user } from '../harness.js';

const node = { kind: Kind.FIELD, name: { kind: Kind.NAME, value: 'a' } } as const;
const denied = (change: Partial<Denial>) => ({
  node,
  denial: { coordinate: 'Query.a', code: 'FORBIDDEN' as const, missing: [], path: ['a'], ...change },
});
const stepUp = (...ids: string[]) =>
  denied({ code: 'INSUFFICIENT_CLAIMS', missing: ids.map((id) => ({ kind: 'authContext' as const, anyOf: [[id]] })) });

describe('toRefusal', () => {
  it.each([20, 21])('lists the most denials that are allowed, of %i', (count) => {
    const denials = Array.from({ length: count }, () => denied({}));
    const refusal = toRefusal(denials, user(), { hints: true });
    expect(refusal.errors).toHaveLength(20);
    expect(refusal.denials).toHaveLength(20);
  });

  it('tells those that decided the status, however many others there are', () => {
    const others = Array.from({ length: 30 }, () => stepUp('c1'));
    const { errors } = toRefusal([...others, denied({})], user(), { hints: true });
    expect(errors.map(({ extensions }) => extensions.code)).toEqual(['FORBIDDEN']);
  });

  it('asks for one authentication context, the first', () => {
    const { challenge } = toRefusal([stepUp('c1'), stepUp('c2')], user({ canStepUp: true }), { hints: true });
    expect(challenge).toEqual({ authContext: 'c1' });
  });

  it('asks for none when none is named', () => {
    expect(toRefusal([stepUp()], user({ canStepUp: true }), { hints: true }).challenge).toEqual({});
  });

  it.each(['noAgent', 'user'] as const)('asks for no other token where none would do: %s', (kind) => {
    const closed = denied({ missing: [{ kind, anyOf: [] }] });
    const scope = denied({ missing: [{ kind: 'scope', anyOf: [['a']] }] });
    expect(toRefusal([scope, closed], user(), { hints: true }).challenge).toEqual({ isClosed: true });
  });

  it('points at the field in the query', () => {
    expect(toRefusal([denied({})], user(), { hints: true }).errors[0]?.nodes).toEqual([node]);
  });

  it('names each scope once', () => {
    const missing = [{ kind: 'scope' as const, anyOf: [['a', 'b'], ['c']] }];
    const { challenge } = toRefusal([denied({ missing }), denied({ missing })], user(), { hints: true });
    expect(challenge).toEqual({ scopes: ['a', 'b'] });
  });
});
