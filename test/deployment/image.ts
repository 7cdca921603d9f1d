import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, copyFile, cp, mkdir, readFile, rename, rm } from 'node:fs/promises';
import { join, normalize, relative } from 'node:path';
import { promisify } from 'node:util';
import { DockerfileParser, type Instruction } from 'dockerfile-ast';
import { copyBuiltProject, project } from '../support/built-project.js';

const run = promisify(execFile);

/** The user of the base image of the last stage. */
export const NONROOT = 65_532;

/** Reads the settings of the container from the last stage of the Dockerfile. */
export interface Image {
  readonly environment: Readonly<Record<string, string>>;
  /** Arguments of the base image's entry point, which is Node. */
  readonly command: readonly string[];
  readonly healthCheck: readonly string[];
}

export async function readImage(): Promise<Image> {
  const { final } = await stages();
  const environment = of(final, 'ENV').flatMap((line) => line.getArguments().map((word) => word.getValue().split('=')));
  const [command] = of(final, 'CMD');
  const [healthCheck] = of(final, 'HEALTHCHECK');
  return {
    environment: Object.fromEntries(environment),
    command: JSON.parse(command?.getArgumentsContent() ?? '[]'),
    healthCheck: JSON.parse(/CMD\s+(\[.*\])/s.exec(healthCheck?.getRawArgumentsContent() ?? '')?.[1] ?? '[]'),
  };
}

interface LayOut {
  /**
   * Does each COPY and RUN of the build stage in a folder of its own, installs included. Without it, the project's own modules
   * and a build beside it take the place of that stage, in a fraction of the time.
   */
  readonly asWritten: boolean;
  /** A package that the operator has added with `npm install --save-prod`. */
  readonly added?: string;
}

/** Lays the files of the image out in `folder`, without a Docker daemon. */
export async function layOut(folder: string, { asWritten, added }: LayOut): Promise<void> {
  const { build, final } = await stages();
  const built = join(folder, 'build');
  const root = join(folder, 'root');
  await mkdir(built, { recursive: true });
  if (asWritten) await runStage(build, built, added);
  else await takeFromProject(built, added);
  await mkdir(root);
  for (const line of of(final, 'COPY')) {
    const from = line.getArguments().at(-2)?.getValue() ?? '';
    const path = relative('/app', from);
    // Nothing else reads the build stage, and to copy thousands of files takes time.
    await rename(join(built, path), join(root, path));
  }
  // The temporary folder belongs to its user alone, but the server runs as another one.
  await chmod(folder, 0o755);
}

async function runStage(lines: readonly Instruction[], folder: string, added: string | undefined): Promise<void> {
  for (const line of lines) {
    const words = line.getArguments().map((word) => word.getValue());
    if (line.getKeyword() === 'COPY') {
      const names = words.slice(0, -1).map((name) => normalize(name));
      await copy(project, folder, names);
      if (added && names.includes('package.json')) await addPackage(folder, added);
    }
    if (line.getKeyword() === 'RUN') await run('sh', ['-c', line.getArgumentsContent() ?? ''], { cwd: folder });
  }
}

/** Changes copies of package.json and the lock file: the files of the project may be linked here. */
async function addPackage(folder: string, name: string): Promise<void> {
  for (const file of ['package.json', 'package-lock.json']) {
    await rm(join(folder, file));
    await copyFile(join(project, file), join(folder, file));
  }
  await run('npm', ['install', '--save-prod', '--package-lock-only', name], { cwd: folder });
}

interface LockedPackage {
  readonly dev?: boolean;
  readonly devOptional?: boolean;
  readonly dependencies?: Readonly<Record<string, string>>;
}

async function takeFromProject(folder: string, added: string | undefined): Promise<void> {
  await copyBuiltProject(folder);
  const lock = JSON.parse(await readFile(join(project, 'package-lock.json'), 'utf8'));
  const packages: [string, LockedPackage][] = Object.entries(lock.packages);
  // Packages inside packages come along, for users or not.
  const outer = packages.filter(
    ([path, { dev, devOptional }]) => !dev && !devOptional && path.lastIndexOf('node_modules/') === 0,
  );
  const names = new Set([...outer.map(([path]) => path), ...(added ? withDependencies(packages, added) : [])]);
  await copy(
    project,
    folder,
    [...names].filter((path) => existsSync(join(project, path))),
  );
}

/** Returns the folders of a package and of what it needs, as far as they lie in the outer `node_modules`. */
function withDependencies(packages: readonly [string, LockedPackage][], name: string): Set<string> {
  const found = new Set([`node_modules/${name}`]);
  for (const folder of found) {
    const inside = packages.filter(([path]) => path === folder || path.startsWith(`${folder}/`));
    const needed = inside.flatMap(([, { dependencies = {} }]) => Object.keys(dependencies));
    for (const each of needed) found.add(`node_modules/${each}`);
  }
  return found;
}

/** Links files instead of copying them where the system can: there are thousands. Nothing writes into them. */
async function copy(from: string, to: string, paths: readonly string[]): Promise<void> {
  try {
    await run('cp', ['-al', '--parents', ...paths, to], { cwd: from });
  } catch {
    for (const path of paths) await cp(join(from, path), join(to, path), { recursive: true, verbatimSymlinks: true });
  }
}

async function stages(): Promise<{ readonly build: Instruction[]; readonly final: Instruction[] }> {
  const lines = DockerfileParser.parse(await readFile(join(project, 'Dockerfile'), 'utf8')).getInstructions();
  const last = lines.findLastIndex((line) => line.getKeyword() === 'FROM');
  return { build: lines.slice(0, last), final: lines.slice(last) };
}

function of(lines: readonly Instruction[], keyword: string): Instruction[] {
  return lines.filter((line) => line.getKeyword() === keyword);
}
