import { chmod, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { prepareServerData } from '../../../src/development/postgres/server-data.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'entra-graphql-test-'));
});
afterEach(() => rm(folder, { recursive: true }));

it.each([
  [
    'PostgreSQL',
    [
      'running bootstrap script ... FATAL:  could not open file "global/pg_control"',
      'child process exited with exit code 1',
    ],
    'running bootstrap script ... FATAL:  could not open file "global/pg_control"',
  ],
  [
    'initdb',
    ['creating directory /data ... initdb: error: could not create directory', 'HINT'],
    'could not create directory',
  ],
  [
    'the system',
    ['performing post-bootstrap initialization ... ', 'child process was terminated by signal 25'],
    'child process was terminated by signal 25',
  ],
])('an error of initdb has the line with the cause: from %s', async (_who, lines, cause) => {
  const initdb = join(folder, 'initdb');
  const output = [...lines, `initdb: removing data directory "${folder}/data"`].join('\n');
  await writeFile(initdb, `#!/bin/sh\ncat >&2 <<'END'\n${output}\nEND\nexit 1\n`);
  await chmod(initdb, 0o755);
  const made = prepareServerData(folder, {
    programs: { initdb, pgCtl: '', postgres: '' },
    user: undefined,
    signal: undefined,
  });
  await expect(made).rejects.toThrow(`PostgreSQL could not make its data in ${folder}: `);
  await expect(made).rejects.toThrow(cause);
  expect(await readdir(folder)).toEqual(['initdb']);
});
