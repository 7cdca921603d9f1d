import { expect, it } from 'vitest';
import { defaultLimits } from '../../../src/config/limits.js';
import { createPool } from '../../../src/database/connections/pool.js';

it('a database has the time of the table to take a connection', async () => {
  const url = 'postgres://api:secret@127.0.0.1:9/api';
  const waits = [defaultLimits, { ...defaultLimits, databaseAnswerSeconds: 7 }].map(async (limits) => {
    const pool = createPool({ url, limits });
    await pool.end();
    return pool.options.connectionTimeoutMillis;
  });
  expect(await Promise.all(waits)).toEqual([defaultLimits.databaseAnswerSeconds * 1000, 7_000]);
});
