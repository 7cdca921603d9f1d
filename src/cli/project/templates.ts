import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ResourceNames } from './names.js';

export interface ProjectFile {
  readonly path: string;
  readonly text: string;
}

const packageFolder = new URL('../../../', import.meta.url);

/** The kinds of project: whether its resources have tables. */
export type ProjectKind = 'database' | 'memory';

/** Reads the files of a project with one resource, under the names of that resource. */
export async function readTemplate(kind: ProjectKind, names: ResourceNames): Promise<readonly ProjectFile[]> {
  const files = await Promise.all(['common', kind].map((folder) => readFolder(`template/${folder}/`)));
  return files.flat().map(({ path, text }) => ({ path: names.fill(path), text: names.fill(text) }));
}

/** Reads package.json of this package, whose versions a project takes. */
export async function readPackage(): Promise<{
  readonly version: string;
  readonly devDependencies: Readonly<Record<string, string>>;
  readonly engines: { readonly node: string };
}> {
  return JSON.parse(await readFile(new URL('package.json', packageFolder), 'utf8'));
}

export async function writeFiles(folder: string, files: readonly ProjectFile[]): Promise<void> {
  for (const { path, text } of files) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text);
  }
}

async function readFolder(name: string): Promise<readonly ProjectFile[]> {
  const folder = fileURLToPath(new URL(name, packageFolder));
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return Promise.all(
    paths.map(async (path) => ({
      // npm leaves a .gitignore out of packages.
      path: path.slice(folder.length).replace(/^gitignore$/, '.gitignore'),
      text: await readFile(path, 'utf8'),
    })),
  );
}
