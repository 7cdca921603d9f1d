import { expect, it } from 'vitest';
import { createBoundedLines } from '../../../src/cli/terminal/bounded-lines.js';

it('lines for a reader that stands still are dropped, and counted as soon as it reads again', () => {
  let waiting = '';
  const target = {
    get writableLength() {
      return waiting.length;
    },
    write: (text: string) => {
      waiting += text;
    },
  };
  const write = createBoundedLines(target);
  const line = 'x'.repeat(1023);
  for (let count = 0; count < 70; count += 1) write(line);
  expect(waiting).toBe(`${line}\n`.repeat(64));
  waiting = '';
  write('last');
  write('one more');
  expect(waiting).toBe('6 lines were dropped: they could not be written in time\nlast\none more\n');
});
