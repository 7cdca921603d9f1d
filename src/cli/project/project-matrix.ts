import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { defineDevelopment, type Person } from '../../api/define-development.js';
import { writePermissions } from '../permissions/permissions.js';
import type { Terminal } from '../terminal/terminal.js';

/** Writes the table of a project that is not installed yet. Its columns are the people of its JSON files. */
export async function writeMatrix(terminal: Terminal, folder: string): Promise<void> {
  const people = await readPeople(folder);
  const data = defineDevelopment({ resources: [{ people }] });
  const loadApi = async () => ({ ...(await terminal.loadApi()), loadDevelopmentData: async () => data });
  await writePermissions({ ...terminal, folder, loadApi, print: () => undefined });
}

async function readPeople(folder: string): Promise<readonly Person[]> {
  const names = await readdir(join(folder, 'src'), { recursive: true, encoding: 'utf8' });
  const files = names.filter((name) => name.endsWith('people.json')).sort();
  const people = await Promise.all(
    files.map(
      async (name): Promise<readonly Person[]> => JSON.parse(await readFile(join(folder, 'src', name), 'utf8')),
    ),
  );
  return people.flat();
}
