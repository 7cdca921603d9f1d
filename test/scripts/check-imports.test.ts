import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, it } from 'vitest';

const program = fileURLToPath(new URL('../../scripts/check-imports.mjs', import.meta.url));
const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

function filesIn(folder: string, count: number): Record<string, string> {
  return Object.fromEntries(Array.from({ length: count }, (_, index) => [`${folder}/file-${index}.ts`, '']));
}

/** Runs the check over a source folder with these files. */
async function check(files: Readonly<Record<string, string>>): Promise<{ code: number; output: string }> {
  const folder = mkdtempSync(join(tmpdir(), 'check-imports-'));
  folders.push(folder);
  for (const [path, text] of Object.entries(files)) {
    const file = join(folder, 'src', path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
  return new Promise((resolve) => {
    execFile(process.execPath, [program], { cwd: folder }, (error, stdout, stderr) => {
      resolve({ code: Number(error?.code ?? 0), output: stdout + stderr });
    });
  });
}

it('passes files that import one way', async () => {
  const files = { 'http/a.ts': "import { b } from './b.js';\n", 'http/b.ts': 'export const b = 1;\n' };
  expect(await check(files)).toEqual({ code: 0, output: '' });
});

it.each([
  ["import { b } from './b.js';", "import { a } from './a.js';"],
  ["import type { B } from './b.js';", "import type { A } from './a.js';"],
  ["import { type B } from './b.js';", "export type { A } from './a.js';"],
  ["const b = await import('./b.js');", "import './a.js';"],
])('refuses a circle of two files: %s and %s', async (a, b) => {
  const { code, output } = await check({ 'http/a.ts': a, 'http/b.ts': b });
  expect(code).toBe(1);
  expect(output).toMatch(/^src\/http\/a\.ts → src\/http\/b\.ts → src\/http\/a\.ts: a circle\..*\n$/);
});

it('refuses a circle of three files in three folders and prints it once', async () => {
  const { code, output } = await check({
    'http/a.ts': "import type { B } from './answers/b.js';\nimport type { D } from './d.js';\n",
    'http/answers/b.ts': "import type { C } from '../connections/c.js';\n",
    'http/connections/c.ts': "import type { A } from '../a.js';\n",
    'http/d.ts': 'export type D = 1;\n',
  });
  expect(code).toBe(1);
  expect(output).toMatch(/^src\/http\/a\.ts → src\/http\/answers\/b\.ts → src\/http\/connections\/c\.ts → .*\n$/);
});

it('refuses a file that imports itself', async () => {
  const { code, output } = await check({ 'http/a.ts': "import { a } from './a.js';\n" });
  expect(code).toBe(1);
  expect(output).toMatch(/^src\/http\/a\.ts → src\/http\/a\.ts: a circle/);
});

it.each([
  ['authentication/a.ts', "import '../graphql/b.js';", 'authentication may not know that room'],
  ['http/a.ts', "import { b } from '../cli/b.js';", 'http may not know that room'],
  ['database/a.ts', "import { b } from '../authentication/caller.js';", 'only as a type'],
  ['authorization/a.ts', "import fastify from 'fastify';", 'may know that package'],
  ['unknown/a.ts', '', 'its room has no place'],
])('refuses %s with %s', async (file, text, problem) => {
  const { code, output } = await check({ [file]: text });
  expect(code).toBe(1);
  expect(output).toContain(problem);
});

it('passes a folder with the most files and refuses a larger one', async () => {
  expect(await check({ ...filesIn('http', 15), ...filesIn('http/answers', 15) })).toMatchObject({ code: 0 });
  const { code, output } = await check({ ...filesIn('http', 15), ...filesIn('http/answers', 16) });
  expect(code).toBe(1);
  expect(output).toBe('src/http/answers: 16 files, and 15 are allowed\n');
});
