import { expect, it } from 'vitest';
import { defaultLimits } from '../../../src/config/limits.js';
import { createRefusalLines } from '../../../src/http/log/refusal-lines.js';

const { refusalLines, allRefusalLines, refusalLineCodes } = defaultLimits;

/** The bound, the lines that it writes, the bounds that it reports, and what ends its second. */
function start() {
  const written: object[] = [];
  const hit: string[] = [];
  let scheduled: (() => void) | undefined;
  const lines = createRefusalLines({
    limits: defaultLimits,
    warn: (fields) => written.push(fields),
    onLimit: (name) => hit.push(name),
    schedule: (run, delayMs) => {
      expect([scheduled, delayMs]).toEqual([undefined, 1000]);
      scheduled = run;
      return () => {
        scheduled = undefined;
      };
    },
  });
  const endSecond = () => {
    const run = scheduled;
    scheduled = undefined;
    run?.();
  };
  const take = (source: string, times: number, { code = 'BAD', isSigned = false } = {}) =>
    Array.from({ length: times }, () => lines.take({ source, code, isSigned })).filter((may) => may).length;
  /** Takes all places of this second, from ten addresses. */
  const flood = (kind = {}) => {
    for (let nth = 0; nth < 10; nth += 1) take(`198.51.100.${nth}`, allRefusalLines, kind);
  };
  return { lines, written, hit, take, flood, endSecond, isScheduled: () => scheduled !== undefined };
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

it('a flood does not hide other refusals: the first of each code is written, and the others are counted by code', () => {
  const { take, flood, written, endSecond } = start();
  flood();
  expect(take('192.0.2.1', 3, { code: 'AUDIENCE_MISMATCH' })).toBe(1);
  endSecond();
  const flooded = 9 * allRefusalLines;
  expect(written).toEqual([{ leftOut: flooded + 2, byCode: { BAD: flooded, AUDIENCE_MISMATCH: 2 } }]);
});

it('a flood does not take the places of tokens whose signature was verified, which have as many', () => {
  const { take, flood } = start();
  const revoked = { code: 'TOKEN_REVOKED', isSigned: true };
  flood();
  flood({ code: 'TOKEN_REVOKED' });
  expect(take('198.51.100.1', refusalLines + 1, revoked)).toBe(refusalLines);
  for (let nth = 1; nth < 10; nth += 1) take(`192.0.2.${nth}`, refusalLines, revoked);
  expect(take('203.0.113.1', 1, revoked)).toBe(0);
});

it('as many codes as are allowed are counted by themselves, and more together', () => {
  const { take, written, endSecond } = start();
  take('192.0.2.1', refusalLines + 1, { code: 'CODE_0' });
  for (let nth = 1; nth < refusalLineCodes + 2; nth += 1) take('192.0.2.1', 2, { code: `CODE_${nth}` });
  endSecond();
  const [{ byCode }] = written as [{ byCode: Record<string, number> }];
  expect([byCode.CODE_0, byCode[`CODE_${refusalLineCodes - 1}`], byCode._OTHER]).toEqual([1, 1, 3]);
  expect(Object.keys(byCode)).toHaveLength(refusalLineCodes + 1);
});

it('each line that is left out counts as a hit of its bound', () => {
  const { take, hit, flood, endSecond } = start();
  take('192.0.2.1', refusalLines + 2);
  expect(hit).toEqual(['refusalLines', 'refusalLines']);
  endSecond();
  flood();
  expect(take('192.0.2.1', 1)).toBe(0);
  expect(hit.at(-1)).toBe('allRefusalLines');
});

it('lines that are left out are counted in one line a second, and then the source has lines again', () => {
  const { take, written, endSecond } = start();
  take('192.0.2.1', refusalLines + 3);
  take('192.0.2.2', refusalLines + 4);
  expect(written).toEqual([]);
  endSecond();
  expect(written).toEqual([{ leftOut: 7, byCode: { BAD: 7 } }]);
  expect(take('192.0.2.1', 1)).toBe(1);
  endSecond();
  expect(written).toHaveLength(1);
});

it('lines that are left out are counted at the end too, and no timer stays', () => {
  const { lines, take, written, isScheduled } = start();
  take('192.0.2.1', refusalLines + 1);
  lines.close();
  expect(written).toEqual([{ leftOut: 1, byCode: { BAD: 1 } }]);
  expect(isScheduled()).toBe(false);
});
