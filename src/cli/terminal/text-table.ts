import { withoutTokens } from './without-tokens.js';

/**
 * Formats rows of cells as text with two spaces between columns. Cells wrap between words. A word that is too long is
 * broken. In the last column, addresses stay whole.
 *
 * @param widths of the columns, in characters
 */
export function textTable(rows: readonly (readonly string[])[], widths: readonly number[]): string {
  return rows.map((row) => textRow(row, widths)).join('\n');
}

/**
 * Wraps text into lines of at most `width` characters. URLs are never broken. Newlines in the input become spaces, so that
 * only we begin lines. Access tokens are removed before wrapping, because a wrapped token would no longer be recognised.
 */
export function wrap(text: string, width: number, { cutsAddresses = false } = {}): string[] {
  const lines: string[] = [];
  let line = '';
  const words = withoutTokens(text).split(/\s+/u);
  for (const word of words.flatMap((whole) => pieces(whole, width, cutsAddresses))) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (line === '' || longer.length <= width) {
      line = longer;
    } else {
      lines.push(line);
      line = word;
    }
  }
  return [...lines, line];
}

function textRow(row: readonly string[], widths: readonly number[]): string {
  const last = widths.length - 1;
  const cells = row.map((cell, column) => wrap(cell, widths[column] ?? 1, { cutsAddresses: column < last }));
  const height = Math.max(...cells.map(({ length }) => length));
  const line = (index: number) => cells.map((lines, column) => (lines[index] ?? '').padEnd(widths[column] ?? 1));
  return Array.from({ length: height }, (_, index) => line(index).join('  ').trimEnd()).join('\n');
}

function pieces(word: string, width: number, cutsAddresses: boolean): string[] {
  const staysWhole = word.length <= width || (!cutsAddresses && /^https?:\/\//.test(word));
  if (staysWhole) return [word];
  const characters = [...word];
  return Array.from({ length: Math.ceil(characters.length / width) }, (_, index) =>
    characters.slice(index * width, (index + 1) * width).join(''),
  );
}
