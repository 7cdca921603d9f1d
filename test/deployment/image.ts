import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, cp, mkdir, readFile } from 'node:fs/promises';
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

/**
 * Lays the files of the image out in `folder`, without a Docker daemon.
 *
 * `asWritten` does each COPY and RUN of the build stage in a folder of its own, installs included. Without it, the project's
 * own modules and a build beside it take the place of that stage, in a fraction of the time.
 */
export async function layOut(folder: string, { asWritten }: { readonly asWritten: boolean }): Promise<void> {
  const { build, final } = await stages();
  const built = join(folder, 'build');
  const root = join(folder, 'root');
  await mkdir(built, { recursive: true });
  if (asWritten) await runStage(build, built);
  else await takeFromProject(built);
  await mkdir(root);
  const copied = of(final, 'COPY').map(
    (line) =>
      line
        .getArguments()
        .map((word) => word.getValue())
        .at(-2) ?? '',
  );
  await copy(
    built,
    root,
    copied.map((path) => relative('/app', path)),
  );
  // The temporary folder belongs to its user alone, but the server runs as another one.
  await chmod(folder, 0o755);
}

async function runStage(lines: readonly Instruction[], folder: string): Promise<void> {
  for (const line of lines) {
    const words = line.getArguments().map((word) => word.getValue());
    if (line.getKeyword() === 'COPY') {
      await copy(
        project,
        folder,
        words.slice(0, -1).map((name) => normalize(name)),
      );
    }
    if (line.getKeyword() === 'RUN') await run('sh', ['-c', line.getArgumentsContent() ?? ''], { cwd: folder });
  }
}

async function takeFromProject(folder: string): Promise<void> {
  await copyBuiltProject(folder);
  const lock = JSON.parse(await readFile(join(project, 'package-lock.json'), 'utf8'));
  const packages: [string, { dev?: boolean; devOptional?: boolean }][] = Object.entries(lock.packages);
  // Packages inside packages come along, for users or not.
  const outer = packages.filter(
    ([path, { dev, devOptional }]) => !dev && !devOptional && path.lastIndexOf('node_modules/') === 0,
  );
  const installed = outer.map(([path]) => path).filter((path) => existsSync(join(project, path)));
  await copy(project, folder, installed);
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
