import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { isOutsideSite, project } from '../built-project.js';

const shell = promisify(execFile);

/** The files of a fresh clone that packing needs. A fresh clone has no `dist`. */
const CLONED = [
  ...['package.json', 'tsconfig.json', 'tsconfig.build.json', 'src', 'scripts', 'docs', 'schema', 'template'],
  ...['README.md', 'CHANGELOG.md', 'LICENSE'],
];

/** A folder in which the package is installed as its users have it. */
export interface PackedPackage {
  /** The folder; `node_modules/entra-graphql` is the packed package, built as it was packed. */
  readonly folder: string;
  readonly manifest: Readonly<Record<'exports' | 'scripts', Readonly<Record<string, unknown>>>>;
  /** Puts another package of the project's `node_modules` beside it. */
  link(name: string): Promise<void>;
  remove(): Promise<void>;
}

/**
 * Packs a fresh clone with `npm pack`, which has to build it, and installs the package in a new folder without a network.
 * Its `node_modules` has only links to the packages that it names as `dependencies`. Does not change the project.
 */
export async function installPackedPackage(): Promise<PackedPackage> {
  const folder = await mkdtemp(join(tmpdir(), 'entra-graphql-pack-'));
  const modules = join(folder, 'node_modules');
  const link = async (name: string) => {
    await mkdir(dirname(join(modules, name)), { recursive: true });
    await symlink(join(project, 'node_modules', name), join(modules, name));
  };
  try {
    // Or a package.json above the folder would be taken for that of what is installed here.
    await writeFile(join(folder, 'package.json'), JSON.stringify({ private: true }));
    const archive = await pack(join(folder, 'source'));
    await mkdir(join(modules, 'entra-graphql'), { recursive: true });
    await shell('tar', ['-xzf', archive, '--strip-components=1', '-C', join(modules, 'entra-graphql')]);
    const manifest = JSON.parse(await readFile(join(modules, 'entra-graphql', 'package.json'), 'utf8'));
    await Promise.all(Object.keys(manifest.dependencies).map(link));
    return { folder, manifest, link, remove: () => rm(folder, { recursive: true, force: true }) };
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
}

async function pack(clone: string): Promise<string> {
  await mkdir(clone);
  for (const name of CLONED)
    await cp(join(project, name), join(clone, name), { recursive: true, filter: isOutsideSite });
  await symlink(join(project, 'node_modules'), join(clone, 'node_modules'));
  await shell('npm', ['pack', '--offline', '--ignore-scripts=false'], { cwd: clone });
  const [archive = ''] = (await readdir(clone)).filter((name) => name.endsWith('.tgz'));
  return join(clone, archive);
}
