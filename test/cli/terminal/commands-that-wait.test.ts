import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { runCommandLine } from '../../../src/cli/command-line.js';
import { project as repository } from '../../support/built-project.js';
import { testTerminal } from '../../support/terminal.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'entra-graphql-waiting-'));
  await run(['init', 'my-api', '--resource', 'invoice'], folder);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const TENANT = 'c0170500-0000-4000-8000-000000000001';
/** Nothing listens on this port. */
const CLOSED = 'postgresql://owner:none@127.0.0.1:1/none';

/** Runs a command. Returns all that it would show if the work took long. */
async function run(words: readonly string[], at: string): Promise<readonly string[]> {
  const shown: string[] = [];
  const terminal = testTerminal({
    environment: { PORT: '9', DATABASE_MIGRATION_URL: CLOSED, DATABASE_URL: CLOSED, ENTRA_TENANT_ID: TENANT },
    folder: at,
    isInteractive: true,
  });
  const during = <T>(says: string, work: Promise<T>): Promise<T> => {
    shown.push(says);
    return work;
  };
  await runCommandLine(words, { ...terminal, during });
  return shown;
}

const inProject = () => join(folder, 'my-api');
const inRepository = () => repository;

it.each([
  ['start', inProject, 'Starting the server …'],
  ['migrate', inProject, 'Bringing the database up to date …'],
  [`revoke --user ${TENANT}`, inProject, 'Writing to the database …'],
  ['init other-api', () => folder, 'Writing the project …'],
  ['add resource purchase-order', inProject, 'Writing the resource …'],
  ['add field Invoice.budget --role Invoices.Keeper', inProject, 'Writing the field …'],
  ['permissions', inRepository, 'Reading the rules …'],
  ['permissions for erin', inRepository, 'Reading who can sign in …'],
  ['registration', inRepository, 'Reading the rules …'],
  ['token issue erin', inProject, 'Asking the emulator …'],
] as const)('says what is under way where it takes long: %s', async (words, at, says) => {
  expect(await run(words.split(' '), at())).toContain(says);
});
