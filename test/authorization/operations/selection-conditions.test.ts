import { Kind, parse, type SelectionNode } from 'graphql';
import { describe, expect, it } from 'vitest';
import { areMet, readConditions } from '../../../src/authorization/operations/selection-conditions.js';

const selection = (text: string): SelectionNode => {
  const [operation] = parse(`query ($v: Boolean!, $w: Boolean!) { ${text} }`).definitions;
  const node = operation?.kind === Kind.OPERATION_DEFINITION ? operation.selectionSet.selections[0] : undefined;
  if (!node) throw new Error('no selection');
  return node;
};

describe('readConditions', () => {
  it.each([
    ['a', []],
    ['a @skip(if: false) @include(if: true)', []],
    ['a @skip(if: true)', 'never'],
    ['a @include(if: false)', 'never'],
    ['a @include(if: $v) @skip(if: true)', 'never'],
    ['a @skip(if: $v)', [{ variable: 'v', value: false }]],
    ['a @include(if: $v)', [{ variable: 'v', value: true }]],
    [
      'a @skip(if: $v) @include(if: $w)',
      [
        { variable: 'v', value: false },
        { variable: 'w', value: true },
      ],
    ],
    ['a @other(if: false)', []],
    ['a @other(if: true)', []],
    ['a @other(if: $v)', []],
    ['a @skip(unless: $w, if: $v)', [{ variable: 'v', value: false }]],
    ['a @skip', []],
    ['a @skip(if: 1)', []],
  ])('%s', (text, conditions) => {
    expect(readConditions(selection(text))).toEqual(conditions);
  });

  it('takes a node without directives, as other tools make it', () => {
    expect(readConditions({ kind: Kind.FIELD, name: { kind: Kind.NAME, value: 'a' } })).toEqual([]);
  });
});

describe('areMet', () => {
  const include = [{ variable: 'v', value: true }];

  it.each([
    [{ v: true }, true],
    [{ v: false }, false],
    [{}, true],
    [{ v: null }, true],
  ])('with %j: %s', (variables, met) => {
    expect(areMet(include, variables)).toBe(met);
  });

  it('asks for all of them', () => {
    expect(areMet([...include, { variable: 'w', value: false }], { v: true, w: true })).toBe(false);
  });
});
