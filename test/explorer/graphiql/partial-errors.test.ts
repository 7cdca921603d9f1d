import { describe, expect, it } from 'vitest';

interface Note {
  readonly line: number;
  readonly messages: readonly string[];
}
const source = new URL('../../../src/explorer/graphiql/app/partial-errors.js', import.meta.url);
const { notesOf }: { notesOf(text: string): readonly Note[] } = await import(source.href);

/** The lines of an answer with notes, as the explorer shows them. */
function noted(answer: object): readonly string[] {
  const text = JSON.stringify(answer, null, 2);
  return notesOf(text).map(({ line, messages }) => `${text.split('\n')[line - 1]?.trim()} ← ${messages.join(' ')}`);
}
const denied = (message: string, ...path: (string | number)[]) => ({
  message,
  path,
  extensions: { authorization: {} },
});

describe('the notes of an answer', () => {
  it('stand beside the values that are null', () => {
    const data = { a: null, b: { c: null, d: null }, list: [{ e: 1 }, { e: null }] };
    const errors = [denied('no a', 'a'), denied('no c', 'b', 'c'), { message: 'e failed', path: ['list', 1, 'e'] }];
    expect(noted({ data, errors })).toEqual(['"a": null, ← no a', '"c": null, ← no c', '"e": null ← e failed']);
  });

  it('stand beside the object that is null because of a field in it', () => {
    const errors = [denied('no x', 'a', 'x'), denied('no y', 'a', 'y'), denied('no x', 'a', 'x')];
    expect(noted({ data: { a: null }, errors })).toEqual(['"a": null ← no x no y']);
  });

  it('are repeated for the items of a list if the server sent one error for it', () => {
    const data = { list: [{ x: null }, { x: null }, { x: null }] };
    const errors = [denied('no x', 'list', 0, 'x')];
    const counted = { data, errors, extensions: { authorization: { omitted: 2 } } };
    expect(noted(counted)).toEqual(['"x": null ← no x', '"x": null ← no x', '"x": null ← no x']);
    // Another null is there by itself.
    expect(noted({ ...counted, extensions: { authorization: { omitted: 1 } } })).toEqual(['"x": null ← no x']);
    expect(noted({ data, errors })).toEqual(['"x": null ← no x']);
  });

  it.each([
    ['errors without data', { errors: [denied('no a', 'a')] }],
    ['data without errors', { data: { a: null } }],
    ['an error without a path', { data: { a: null }, errors: [{ message: 'all' }] }],
    ['a path that leads nowhere', { data: { a: 1 }, errors: [denied('no b', 'b', 0, 'c')] }],
    ['a value that is there', { data: { a: 1 }, errors: [denied('no a', 'a')] }],
  ])('are none for %s', (_what, answer) => {
    expect(noted(answer)).toEqual([]);
  });

  it('are none for a text that is not JSON', () => {
    expect(notesOf('{ "data": ')).toEqual([]);
    expect(notesOf('7')).toEqual([]);
  });
});
