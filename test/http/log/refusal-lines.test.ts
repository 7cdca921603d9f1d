import { expect, it } from 'vitest';
import { defaultLimits } from '../../../src/config/limits.js';
import { createRefusalLines } from '../../../src/http/log/refusal-lines.js';

const { refusalLines, allRefusalLines } = defaultLimits;

/** The bound, the lines that it writes, and what ends its second. */
function start() {
  const written: object[] = [];
  let scheduled: (() => void) | undefined;
  const lines = createRefusalLines(
    defaultLimits,
    (fields) => written.push(fields),
    (run, delayMs) => {
      expect([scheduled, delayMs]).toEqual([undefined, 1000]);
      scheduled = run;
      return () => {
        scheduled = undefined;
      };
    },
  );
  const endSecond = () => {
    const run = scheduled;
    scheduled = undefined;
    run?.();
  };
  const take = (source: string, times: number) =>
    Array.from({ length: times }, () => lines.take(source)).filter((may) => may).length;
  return { lines, written, take, endSecond, isScheduled: () => scheduled !== undefined };
}

it('a source has as many lines in a second as are allowed and not one more, and others have theirs', () => {
  const { take } = start();
  expect(take('192.0.2.1', refusalLines)).toBe(refusalLines);
  expect(take('192.0.2.1', 1)).toBe(0);
  expect(take('192.0.2.2', 1)).toBe(1);
});

it('all sources together have as many as are allowed and not one more', () => {
  const { take } = start();
  for (let nth = 0; nth < allRefusalLines; nth += 1) expect(take(`192.0.2.${nth}`, 1)).toBe(1);
  expect(take('198.51.100.1', 1)).toBe(0);
});

it('those left out are told once a second, and then the source has lines again', () => {
  const { take, written, endSecond } = start();
  take('192.0.2.1', refusalLines + 3);
  take('192.0.2.2', refusalLines + 4);
  expect(written).toEqual([]);
  endSecond();
  expect(written).toEqual([{ leftOut: 7 }]);
  expect(take('192.0.2.1', 1)).toBe(1);
  endSecond();
  expect(written).toHaveLength(1);
});

it('those left out are told at the end, and no timer stays', () => {
  const { lines, take, written, isScheduled } = start();
  take('192.0.2.1', refusalLines + 1);
  lines.close();
  expect(written).toEqual([{ leftOut: 1 }]);
  expect(isScheduled()).toBe(false);
});
