import { afterEach, beforeEach, expect, it } from 'vitest';
import { defaultLimits } from '../../src/config/limits.js';
import { type AccessRecord, createAccessRecord } from '../../src/database/access-record.js';
import { createConnections } from '../../src/database/connections/connections.js';
import { callerOf } from '../support/callers.js';

const LIMITS = { ...defaultLimits, accessEntries: 3, callerAccessEntries: 3 };
const access = { coordinate: 'A.b', reason: 'R', outcome: 'GRANTED', rows: ['1'], operation: undefined } as const;
const erin = callerOf('erin');

let lost: unknown[];
let record: AccessRecord;
function open(reads: 'required' | 'buffered', limits = LIMITS) {
  const connections = createConnections({ url: 'postgres://api:secret@127.0.0.1:9/api', poolSize: 1, limits });
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

it('a buffered entry beyond the bound is lost, and the log says so', async () => {
  open('buffered');
  for (let entry = 0; entry < LIMITS.accessEntries; entry += 1) await record.write(access, erin);
  expect(lost).toEqual([]);
  await record.write(access, erin);
  expect(lost).toEqual([{ lost: 1 }]);
});

it('entries that cannot be stored before the end are in the log', async () => {
  open('buffered');
  await record.write(access, erin);
  await record.close();
  expect(lost).toEqual([{ lost: 1 }]);
  open('buffered');
});
