import fc from 'fast-check';
import { Lexer, Source, TokenKind } from 'graphql';
import { describe, expect, it } from 'vitest';
import { isNestedDeeper } from '../../../src/graphql/documents/document-nesting.js';

describe('the nesting of a document', () => {
  it.each([
    ['braces', '{ a { b { c } } }', 3],
    ['all kinds of brackets', '{ a(b: [{ c: 1 }]) }', 4],
    ['brackets side by side', '{ a(b: 1) c(d: 1) e { f } }', 2],
    ['brackets that are never closed', '{[({', 4],
    ['brackets in a string', '{ a(b: "[[[[\\"[[[[") }', 2],
    ['a string that ends with a backslash', '{ a(b: "\\\\", c: [1]) }', 3],
    ['an empty string', '{ a(b: "", c: [1]) }', 3],
    ['brackets in a block string', '{ a(b: """[[""[[\\"""[[""") }', 2],
    ['a block string after an empty one', '{ a(b: """""", c: """[[""", d: [1]) }', 3],
    ['brackets in comments', '{ a # [[[[\r[b # {{{{\n{ c', 3],
  ])('counts %s', (_name, text, depth) => {
    expect([isNestedDeeper(text, depth - 1), isNestedDeeper(text, depth)]).toEqual([true, false]);
  });

  it('is what the lexer of graphql-js sees, up to the first mistake', () => {
    const part = fc.constantFrom('{', '}', '[', ']', '(', ')', '"', '"""', '\\', '\\"', '#', '\n', '\r', 'a', ' ');
    fc.assert(
      fc.property(fc.array(part, { maxLength: 40 }), fc.nat({ max: 5 }), (parts, maximum) => {
        const text = parts.join('');
        const { deepest, isWhole } = nestingByLexer(text);
        if (isWhole) expect(isNestedDeeper(text, maximum)).toBe(deepest > maximum);
        else if (deepest > maximum) expect(isNestedDeeper(text, maximum)).toBe(true);
      }),
      { numRuns: 2_000 },
    );
  });
});

const STEPS: Readonly<Partial<Record<string, number>>> = {
  [TokenKind.BRACE_L]: 1,
  [TokenKind.BRACKET_L]: 1,
  [TokenKind.PAREN_L]: 1,
  [TokenKind.BRACE_R]: -1,
  [TokenKind.BRACKET_R]: -1,
  [TokenKind.PAREN_R]: -1,
};

/** Returns the deepest nesting, and whether the text can be read to its end. */
function nestingByLexer(text: string): { readonly deepest: number; readonly isWhole: boolean } {
  const lexer = new Lexer(new Source(text));
  let depth = 0;
  let deepest = 0;
  try {
    while (lexer.advance().kind !== TokenKind.EOF) {
      depth += STEPS[lexer.token.kind] ?? 0;
      if (depth < 0) return { deepest, isWhole: false };
      deepest = Math.max(deepest, depth);
    }
    return { deepest, isWhole: true };
  } catch {
    return { deepest, isWhole: false };
  }
}
