import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createExpenses } from '../../src/expenses/expenses.js';
import { callerOf } from '../support/callers.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());

describe('the resource', () => {
  it('starts, answers and stops', async () => {
    const expenses = await createExpenses({ url: database.runtimeUrl });
    await expect(expenses.ping()).resolves.toBeUndefined();
    await expenses.close();
    await expect(expenses.ping()).rejects.toMatchObject({ extensions: { code: 'SERVICE_UNAVAILABLE' } });
  });

  it.each(['ownerUrl', 'superuserUrl'] as const)('does not start as %s', async (login) => {
    await expect(createExpenses({ url: database[login] })).rejects.toMatchObject({ name: 'DatabaseSetupError' });
  });

  it('does not start without a database', async () => {
    await expect(createExpenses({ url: 'postgres://login:secret@127.0.0.1:1/nowhere' })).rejects.toMatchObject({
      name: 'DatabaseSetupError',
      message: expect.stringMatching(/^DATABASE_URL: 127\.0\.0\.1:1\/nowhere as login: .*ECONNREFUSED/),
    });
  });

  it('never shares loaders or database between two requests, even of one caller', async () => {
    const expenses = await createExpenses({ url: database.runtimeUrl });
    const caller = callerOf('erin');
    const [one, other] = [expenses.createContext(caller), expenses.createContext(caller)];
    expect(one.loaders.employee).not.toBe(other.loaders.employee);
    expect(one.database).not.toBe(other.database);
    await Promise.all([one.dispose(), other.dispose()]);
    await expenses.close();
  });
});
