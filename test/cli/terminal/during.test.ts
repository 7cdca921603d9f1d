import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { testTerminal } from '../../support/terminal.js';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function create(showStatus?: (text: string | undefined) => void) {
  return testTerminal({ isInteractive: true, ...(showStatus && { showStatus }) });
}

const lasting = (ms: number) => new Promise<string>((resolve) => setTimeout(() => resolve('done'), ms));

it('what takes longer than a second is shown, and taken away when it is done', async () => {
  const shown: (string | undefined)[] = [];
  const work = create((text) => shown.push(text)).during('Starting …', lasting(1_500));
  await vi.advanceTimersByTimeAsync(1_100);
  expect(shown).toEqual(['Starting …']);
  await vi.advanceTimersByTimeAsync(500);
  expect([await work, shown]).toEqual(['done', ['Starting …', undefined]]);
});

it('what takes less is not shown', async () => {
  const shown: (string | undefined)[] = [];
  const work = create((text) => shown.push(text)).during('Starting …', lasting(900));
  await vi.advanceTimersByTimeAsync(3_000);
  expect([await work, shown]).toEqual(['done', []]);
});

it('a failure is passed on, and takes the line away', async () => {
  const shown: (string | undefined)[] = [];
  const failing = lasting(2_000).then(() => Promise.reject(new Error('no port')));
  const work = expect(create((text) => shown.push(text)).during('Starting …', failing)).rejects.toThrow('no port');
  await vi.advanceTimersByTimeAsync(2_500);
  await work;
  expect(shown).toEqual(['Starting …', undefined]);
});

it('nothing is shown where no person looks', async () => {
  const work = create().during('Starting …', lasting(2_000));
  await vi.advanceTimersByTimeAsync(2_500);
  expect(await work).toBe('done');
});
