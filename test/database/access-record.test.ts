import { setImmediate } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it, onTestFinished, vi } from 'vitest';
import { defaultLimits } from '../../src/config/limits.js';
import { type AccessRecord, createAccessRecord } from '../../src/database/access-record.js';
import { createConnections } from '../../src/database/connections/connections.js';
import { callerOf } from '../support/callers.js';
import { PATIENCE } from '../support/patience.js';

const LIMITS = { ...defaultLimits, accessEntries: 3, callerAccessEntries: 3 };
const access = { coordinate: 'A.b', reason: 'R', outcome: 'GRANTED', rows: ['1'], operation: undefined } as const;
const erin = callerOf('erin');

let lost: unknown[];
let record: AccessRecord;
function open(reads: 'required' | 'buffered', limits = LIMITS, onFailure?: () => void) {
  const url = 'postgres://api:secret@127.0.0.1:9/api';
  const connections = createConnections({ url, poolSize: 1, limits, onFailure });
  record = createAccessRecord({ connections, reads, logger: { error: (details) => lost.push(details) } });
}
beforeEach(() => {
  lost = [];
});
afterEach(() => record.close());

it('reads that need an entry are refused while the database takes none', async () => {
  open('required');
  await expect(record.write(access, erin)).rejects.toMatchObject({ extensions: { code: 'SERVICE_UNAVAILABLE' } });
});

it('no more entries wait than allowed, and the read of one more is refused at once', async () => {
  open('required');
  const within = Array.from({ length: LIMITS.accessEntries }, () => record.write(access, erin));
  await expect(record.write(access, callerOf('mia'))).rejects.toMatchObject({
    extensions: { code: 'SERVICE_UNAVAILABLE', limit: { name: 'accessEntries' } },
  });
  const settled = await Promise.allSettled(within);
  expect(settled.map((result) => result.status === 'rejected' && result.reason.extensions.limit)).toEqual(
    Array(LIMITS.accessEntries).fill(undefined),
  );
});

it('reads of one caller wait for a share of the entries, and leave room for others', async () => {
  open('required', { ...LIMITS, callerAccessEntries: 1 });
  const codeOf = (write: Promise<void>) => write.catch(({ extensions: { code, limit } }) => [code, limit?.name]);
  const codes = [erin, erin, callerOf('mia')].map((caller) => codeOf(record.write(access, caller)));
  const outage = ['SERVICE_UNAVAILABLE', undefined];
  expect(await Promise.all(codes)).toEqual([outage, ['RATE_LIMITED', 'callerAccessEntries'], outage]);
  expect(await codeOf(record.write(access, erin))).toEqual(outage);
});

it('buffered entries beyond the bound are lost, and one line of the log says how many', async () => {
  open('buffered');
  for (let entry = 0; entry < LIMITS.accessEntries + 2; entry += 1) await record.write(access, erin);
  expect(lost).toEqual([]);
  await record.close();
  expect(lost).toEqual([{ lost: 2 }, { lost: LIMITS.accessEntries }]);
  open('buffered');
});

it('buffered entries of one caller have a share of the room, and leave the rest to others', async () => {
  open('buffered', { ...LIMITS, callerAccessEntries: 2 });
  for (let entry = 0; entry < 2; entry += 1) await record.write(access, erin);
  await expect(record.write(access, erin)).rejects.toMatchObject({
    extensions: { code: 'RATE_LIMITED', limit: { name: 'callerAccessEntries' } },
  });
  await record.write(access, callerOf('mia'));
  await record.close();
  expect(lost).toEqual([{ lost: 3 }]);
  open('buffered');
});

it('buffered entries are stored as soon as they are a whole batch', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout'] });
  onTestFinished(() => void vi.useRealTimers());
  let tries = 0;
  const tried = new Promise<void>((resolve) =>
    open('buffered', defaultLimits, () => {
      tries += 1;
      resolve();
    }),
  );
  for (let entry = 1; entry < defaultLimits.accessBatch; entry += 1) await record.write(access, erin);
  for (let turn = 0; turn < 20; turn += 1) await setImmediate();
  expect(tries).toBe(0);
  await record.write(access, erin);
  await tried;
  vi.useRealTimers();
});

it.each([
  ['required', defaultLimits.accessGatherMs],
  ['buffered', defaultLimits.bufferedAccessMs],
] as const)('%s entries that are not a whole batch are stored after the time of the table', async (reads, ms) => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  onTestFinished(() => void vi.useRealTimers());
  const onFailure = vi.fn();
  open(reads, defaultLimits, onFailure);
  record.write(access, erin).catch(() => undefined);
  await vi.advanceTimersByTimeAsync(ms - 1);
  for (let turn = 0; turn < 20; turn += 1) await setImmediate();
  expect(onFailure).not.toHaveBeenCalled();
  await vi.advanceTimersByTimeAsync(1);
  await vi.waitFor(() => expect(onFailure).toHaveBeenCalled(), PATIENCE);
  vi.useRealTimers();
});

it('entries that cannot be stored before the end are in the log', async () => {
  open('buffered');
  await record.write(access, erin);
  await record.close();
  expect(lost).toEqual([{ lost: 1 }]);
  open('buffered');
});
