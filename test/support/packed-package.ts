import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { buildProject, project } from './built-project.js';

const shell = promisify(execFile);
const PUBLISHED = ['package.json', 'docs', 'schema', 'README.md', 'CHANGELOG.md', 'LICENSE'];

/** A folder in which the package is installed as its users have it. */
export interface PackedPackage {
  /** The folder; `node_modules/entra-graphql` is the packed package, built a moment ago. */
  readonly folder: string;
  readonly manifest: { readonly exports: Readonly<Record<string, unknown>> };
  /** Puts another package of the project's `node_modules` beside it. */
  link(name: string): Promise<void>;
  remove(): Promise<void>;
}

/**
 * Builds the package, packs it and installs it in a new folder, without a network: beside it there are only links to the
 * packages that it names as `dependencies`. Nothing in the project is touched.
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

async function pack(copy: string): Promise<string> {
  await buildProject(copy, PUBLISHED);
  const { stdout } = await shell('npm', ['pack', '--json', '--ignore-scripts', '--offline'], { cwd: copy });
  const [packed] = JSON.parse(stdout);
  return join(copy, packed.filename);
}
