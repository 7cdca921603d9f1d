import { Kind } from 'graphql';
import { describe, expect, it } from 'vitest';
import { authContextOf, type Denial, toDenialError } from '../../../src/authorization/decisions/denial.js';
import { describeMissing } from '../../../src/authorization/decisions/describe-missing.js';

const denial = (change: Partial<Denial> = {}): Denial => ({
  coordinate: 'Query.a',
  code: 'FORBIDDEN',
  missing: [{ kind: 'role', anyOf: [['Expenses.Approver']] }],
  path: ['a'],
  ...change,
});
const node = { kind: Kind.FIELD, name: { kind: Kind.NAME, value: 'a' } } as const;
const errorOf = (of: Denial, hints = true) => toDenialError(of, { hints }, [node]);
const stepUp = denial({ code: 'INSUFFICIENT_CLAIMS', missing: [{ kind: 'authContext', anyOf: [['c1']] }] });

describe('toDenialError', () => {
  it('says where, and what is missing in words and as data', () => {
    expect(errorOf(denial()).extensions).toEqual({
      code: 'FORBIDDEN',
      authorization: {
        coordinate: 'Query.a',
        missing: 'role Expenses.Approver',
        requires: [{ kind: 'role', anyOf: [['Expenses.Approver']] }],
      },
    });
  });

  it.each([
    [denial(), 'You may not use Query.a. It needs role Expenses.Approver.', 'You may not use Query.a.'],
    [
      stepUp,
      'Confirm that it is you, with a second factor, to use Query.a. It needs authentication context c1.',
      'Confirm that it is you, with a second factor, to use Query.a.',
    ],
    [denial({ code: 'UNAUTHENTICATED' }), 'Sign in to use Query.a.', 'Sign in to use Query.a.'],
  ])('says to people what to do: %o', (one, withHints, without) => {
    expect(errorOf(one).message).toBe(withHints);
    expect(errorOf(one, false).message).toBe(without);
  });

  it('points at the place in the query and in the answer', () => {
    expect(errorOf(denial())).toMatchObject({ nodes: [node], path: ['a'] });
  });

  it('has no stack, and leaves those of others alone', () => {
    expect(errorOf(denial()).stack).not.toContain('denial.test');
    expect(new Error('other').stack).toContain('denial.test');
  });

  it('says without hints only where', () => {
    const error = errorOf(denial(), false);
    expect(error.extensions).toEqual({ code: 'FORBIDDEN', authorization: { coordinate: 'Query.a' } });
    expect(JSON.stringify(error)).not.toContain('Approver');
  });

  it('has nothing to add when nothing is known to be missing', () => {
    const { extensions } = errorOf(denial({ missing: [] }));
    expect(extensions).toEqual({ code: 'FORBIDDEN', authorization: { coordinate: 'Query.a' } });
  });

  it.each([true, false])('gives a step-up what a client needs for it, with hints %s', (hints) => {
    const { claims, acr_values } = errorOf(stepUp, hints).extensions;
    expect(JSON.parse(Buffer.from(String(claims), 'base64').toString())).toEqual({
      access_token: { acrs: { essential: true, value: 'c1' } },
    });
    expect(acr_values).toBe('c1');
  });

  it('gives no step-up to who lacks more than that', () => {
    const both = denial({ missing: [...denial().missing, ...stepUp.missing] });
    expect(errorOf(both).extensions).not.toHaveProperty('claims');
  });

  it('gives a fresh object each time', () => {
    expect(errorOf(denial())).not.toBe(errorOf(denial()));
  });

  it('does not carry what a policy threw', () => {
    const error = errorOf(denial({ cause: new Error('secret') }));
    expect(error.originalError).toBeUndefined();
    expect(error.cause).toBeUndefined();
  });
});

describe('authContextOf', () => {
  it('is the first of several', () => {
    const two = { ...stepUp, missing: [...stepUp.missing, { kind: 'authContext' as const, anyOf: [['c2']] }] };
    expect(authContextOf(two)).toBe('c1');
  });

  it('is nothing for another denial', () => {
    expect(authContextOf(denial())).toBeUndefined();
    expect(authContextOf({ ...stepUp, code: 'FORBIDDEN' })).toBeUndefined();
  });

  it('does not take a name of another kind', () => {
    expect(authContextOf({ ...stepUp, missing: [...denial().missing, ...stepUp.missing] })).toBe('c1');
  });

  it('is nothing for a step-up that names none', () => {
    expect(authContextOf(denial({ code: 'INSUFFICIENT_CLAIMS' }))).toBeUndefined();
  });
});

describe('describeMissing', () => {
  it.each([
    [
      [{ kind: 'scope', anyOf: [['Expenses.Read'], ['Expenses.ReadWrite']] }],
      'scope Expenses.Read or Expenses.ReadWrite',
    ],
    [[{ kind: 'role', anyOf: [['a', 'b']] }], 'role a and b'],
    [[{ kind: 'role', anyOf: [['a', 'b'], ['c']] }], 'role (a and b) or c'],
    [[{ kind: 'permission', anyOf: [['p']] }], 'application permission p'],
    [[{ kind: 'authContext', anyOf: [['c1']] }], 'authentication context c1'],
    [[{ kind: 'policy', anyOf: [['self'], ['finance']] }], 'policy self or finance'],
    [[{ kind: 'accessToken', anyOf: [] }], 'an access token'],
    [[{ kind: 'user', anyOf: [] }], 'a signed-in user: closed to applications'],
    [[], ''],
  ] as const)('%j is "%s"', (missing, words) => {
    expect(describeMissing(missing)).toBe(words);
  });

  it('puts several one after the other', () => {
    const words = describeMissing([
      { kind: 'scope', anyOf: [['s']] },
      { kind: 'role', anyOf: [['r']] },
    ]);
    expect(words).toBe('scope s; role r');
  });
});
