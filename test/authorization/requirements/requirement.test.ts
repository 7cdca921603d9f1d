import { describe, expect, it } from 'vitest';
import {
  AUTHENTICATED_REQUIREMENT,
  allTogether,
  type Clause,
  type ClauseKind,
  createClause,
  createRequirementInterner,
  keyOfClauses,
  reduceClauses,
} from '../../../src/authorization/requirements/requirement.js';

const scope = (...anyOf: string[][]): Clause => createClause('scope', anyOf);
const role = (...anyOf: string[][]): Clause => createClause('role', anyOf);

describe('createClause', () => {
  it('leaves out an alternative that contains another one', () => {
    expect(scope(['a', 'b'], ['a']).anyOf).toEqual([['a']]);
  });

  it('keeps the order in which alternatives were written', () => {
    expect(scope(['b'], ['a']).anyOf).toEqual([['b'], ['a']]);
  });

  it('keeps one of two alternatives that are the same in another order', () => {
    expect(scope(['a', 'b'], ['b', 'a']).anyOf).toEqual([['a', 'b']]);
  });

  it('keeps alternatives that only overlap', () => {
    expect(scope(['a', 'b'], ['b', 'c']).anyOf).toEqual([
      ['a', 'b'],
      ['b', 'c'],
    ]);
  });
});

describe('reduceClauses', () => {
  it('leaves out a clause that follows from a stricter one', () => {
    expect(reduceClauses([scope(['a'], ['b']), scope(['b'])])).toEqual([scope(['b'])]);
  });

  it('keeps one of two equal clauses', () => {
    expect(reduceClauses([scope(['a'], ['b']), scope(['b'], ['a'])])).toEqual([scope(['a'], ['b'])]);
  });

  it('keeps one of two clauses whose alternatives are the same in another order', () => {
    expect(reduceClauses([scope(['a', 'b']), scope(['b', 'a'])])).toEqual([scope(['a', 'b'])]);
  });

  it('keeps one of two clauses that mean the same, even one that was not reduced', () => {
    const longer: Clause = { kind: 'scope', anyOf: [['a'], ['a', 'b']] };
    expect(reduceClauses([scope(['a']), longer])).toEqual([scope(['a'])]);
    expect(reduceClauses([longer, scope(['a'])])).toEqual([longer]);
  });

  it('puts the kinds into one order', () => {
    const kinds: readonly ClauseKind[] = ['scope', 'role', 'permission', 'authContext', 'policy'];
    const clauses = kinds.map((kind) => createClause(kind, [['c1']]));
    expect(reduceClauses([...clauses].reverse())).toEqual(clauses);
  });

  it('keeps clauses of different kinds with the same names', () => {
    expect(reduceClauses([role(['a']), scope(['a'])])).toEqual([scope(['a']), role(['a'])]);
  });

  it('keeps clauses if neither follows from the other', () => {
    expect(reduceClauses([scope(['a']), scope(['b'])])).toHaveLength(2);
  });
});

describe('allTogether', () => {
  it('joins the clauses of both', () => {
    const both = allTogether([
      { delegated: [scope(['a'])], app: [] },
      { delegated: [role(['r'])], app: [] },
    ]);
    expect(both).toEqual({ delegated: [scope(['a']), role(['r'])], app: [] });
  });

  it('closes a half that either closes, and leaves the other half alone', () => {
    const both = allTogether([
      { delegated: [], app: 'never' },
      { delegated: [scope(['a'])], app: [] },
    ]);
    expect(both).toEqual({ delegated: [scope(['a'])], app: 'never' });
  });

  it('closes a half that the second closes', () => {
    expect(
      allTogether([
        { delegated: [], app: [] },
        { delegated: [], app: 'never' },
      ]).app,
    ).toBe('never');
  });
});

describe('createRequirementInterner', () => {
  it('knows the requirement of any verified caller', () => {
    expect(createRequirementInterner().intern({ delegated: [], app: [] })).toBe(AUTHENTICATED_REQUIREMENT);
  });

  it('gives equal requirements one id, whatever order they were written in', () => {
    const interner = createRequirementInterner();
    const first = interner.intern({ delegated: [scope(['a'], ['b']), role(['r'])], app: 'never' });
    expect(interner.intern({ delegated: [role(['r']), scope(['b'], ['a'])], app: 'never' })).toBe(first);
  });

  it('gives requirements one id whose app halves are equal, whatever order they were written in', () => {
    const interner = createRequirementInterner();
    const app = (...anyOf: string[][]) => [createClause('permission', anyOf)];
    const first = interner.intern({ delegated: [], app: app(['a'], ['b', 'c']) });
    expect(interner.intern({ delegated: [], app: app(['c', 'b'], ['a']) })).toBe(first);
  });

  it('gives requirements that differ in the app half different ids', () => {
    const interner = createRequirementInterner();
    const closed = interner.intern({ delegated: [scope(['a'])], app: 'never' });
    expect(interner.intern({ delegated: [scope(['a'])], app: [] })).not.toBe(closed);
  });

  it('uses the id as index', () => {
    const interner = createRequirementInterner();
    const id = interner.intern({ delegated: [scope(['a'])], app: 'never' });
    expect(interner.requirements[id]).toMatchObject({ id, isPublic: false });
  });
});

describe('keyOfClauses', () => {
  it('tells one alternative of two names from two alternatives', () => {
    expect(keyOfClauses([scope(['a', 'b'])])).not.toBe(keyOfClauses([scope(['a'], ['b'])]));
  });
});
