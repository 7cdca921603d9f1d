import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Emulator, startEmulator } from '../../../src/emulator/emulator.js';
import { emulatorSettings } from '../../../src/expenses/sample-data/emulator-settings.js';
import { runInTerminal } from '../../support/terminal.js';

let emulator: Emulator;
let environment: Record<string, string>;
beforeAll(async () => {
  emulator = await startEmulator(emulatorSettings);
  environment = { PORT: String(Number(new URL(emulator.instance).port) - 1) };
});
afterAll(() => emulator.close());

it('token issue prints a token alone', async () => {
  const { code, printed, complaints } = await runInTerminal(['token', 'issue', 'erin'], { environment });
  expect([code, printed.split('.').length, complaints]).toEqual([0, 3, '']);
});

it('token issue without a persona lists all of them on standard error', async () => {
  const { code, printed, complaints } = await runInTerminal(['token', 'issue'], { environment });
  expect([code, printed]).toEqual([2, '']);
  for (const { name, displayName } of emulatorSettings.personas) {
    expect(complaints).toMatch(new RegExp(`^${name} +${displayName} +`, 'm'));
  }
  expect(complaints).toContain('Expenses.Approver');
});

it('token issue for an unknown persona names the known ones', async () => {
  const { code, complaints } = await runInTerminal(['token', 'issue', 'nobody'], { environment });
  expect([code, complaints.includes('erin, mia')]).toEqual([1, true]);
});
