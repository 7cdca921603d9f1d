import { mkdir, mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createApiProcess } from '../../src/development/api-process.js';
import { checkTypes } from '../../src/development/check-types.js';
import { restartOnChange } from '../../src/development/restart-on-change.js';
import { until } from '../support/command.js';
import { isRunning } from '../support/processes/processes.js';

const project = fileURLToPath(new URL('../../', import.meta.url));
let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'entra-graphql-restart-'));
  return () => rm(folder, { recursive: true });
});

const lines: string[] = [];
const pids: number[] = [];
const ends: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0)) await end();
  expect(pids.filter(isRunning)).toEqual([]);
  lines.length = 0;
  pids.length = 0;
});

/** A program that reports its number, or ends at once when the number is negative. */
const program = (number: number) => `
if (${number} < 0) process.exit(1);
process.send({ pid: process.pid, number: ${number} });
setInterval(() => {}, 1000);
`;

/** Starts an API, and watches its files from the beginning of the start. */
async function beginApi(check?: (signal: AbortSignal) => Promise<unknown>) {
  await writeFile(join(folder, 'api.ts'), program(1));
  const ready: number[] = [];
  const api = createApiProcess<{ readonly pid: number; readonly number: number }>({
    program: join(folder, 'api.ts'),
    words: [],
    environment: process.env,
    onEnd: () => lines.push('the API has ended'),
  });
  const observed = {
    ...api,
    async start() {
      const message = await api.start();
      if (message) {
        pids.push(message.pid);
        ready.push(message.number);
      }
      return message;
    },
  };
  const starting = observed.start();
  const print = (line: string) => lines.push(line);
  ends.push(restartOnChange(observed, { folders: [folder], print, starting, ...(check && { check }) }));
  return { ready, starting };
}

async function startApi(check?: (signal: AbortSignal) => Promise<unknown>) {
  const { ready, starting } = await beginApi(check);
  expect(await starting).toMatchObject({ number: 1 });
  return ready;
}

const printed = () => lines.join('\n');
const isLastLine = (text: string) => () => lines.at(-1)?.includes(text) ?? false;

it('a changed file restarts the API, a failure is printed, and the next save tries again', async () => {
  const ready = await startApi();
  await writeFile(join(folder, 'api.ts'), program(2));
  await until(isLastLine('The API is ready again'), printed);
  expect(ready).toEqual([1, 2]);
  expect(isRunning(pids[0] ?? 0)).toBe(false);

  await writeFile(join(folder, 'api.ts'), program(-1));
  await until(isLastLine('The API did not start'), printed);
  expect(ready).toEqual([1, 2]);

  // Editors write a new file and put it in the place of the old one.
  await writeFile(join(folder, 'api.ts~'), program(3));
  await rename(join(folder, 'api.ts~'), join(folder, 'api.ts'));
  await until(isLastLine('The API is ready again'), printed);
  expect(ready).toEqual([1, 2, 3]);
  expect(printed()).toContain('api.ts has changed');
});

it('a file that changes during the first start restarts the API after it', async () => {
  const { ready } = await beginApi();
  await writeFile(join(folder, 'api.ts'), program(2));
  await until(isLastLine('The API is ready again'), printed);
  expect(ready).toHaveLength(2);
  expect(ready.at(-1)).toBe(2);
});

it('files of a folder that was created later count too, other files do not', async () => {
  await startApi();
  await writeFile(join(folder, '.api.ts.swp'), '');
  await mkdir(join(folder, 'notes'));
  const isSeen = async () => {
    await writeFile(join(folder, 'notes/notes.graphql'), String(lines.length));
    return printed().includes('notes.graphql has changed');
  };
  await until(isSeen, printed);
  expect(printed()).not.toContain('swp');
});

it('an API that ends by itself is reported, and the next save starts it', async () => {
  const ready = await startApi();
  process.kill(pids[0] ?? 0, 'SIGKILL');
  await until(isLastLine('the API has ended'), printed);
  await writeFile(join(folder, 'api.ts'), program(2));
  await until(isLastLine('The API is ready again'), printed);
  expect(ready).toEqual([1, 2]);
});

it('types are checked after a restart, and the errors name file and line', async () => {
  await symlink(join(project, 'node_modules'), join(folder, 'node_modules'));
  await writeFile(join(folder, 'tsconfig.json'), '{ "include": ["wrong.ts"], "compilerOptions": { "types": [] } }');
  await writeFile(join(folder, 'wrong.ts'), 'export const a = 1;\nexport const b: string = a;\n');
  const check = (signal: AbortSignal) => checkTypes(folder, join(folder, 'cache'), signal);
  expect(await check(new AbortController().signal)).toMatch(/^wrong\.ts\(2,14\): error TS2322/);
  expect(await check(AbortSignal.abort())).toBeUndefined();
  await writeFile(join(folder, 'wrong.ts'), 'export const a = 1;\n');
  expect(await check(new AbortController().signal)).toBeUndefined();

  const errors: unknown[] = [];
  await startApi(async (signal) => errors.push(signal.aborted));
  await writeFile(join(folder, 'api.ts'), program(2));
  await until(() => errors.length > 0, printed);
  expect(errors).toEqual([false]);
});
