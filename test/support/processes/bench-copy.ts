import { execFile } from 'node:child_process';
import { cp, mkdtemp, readFile, rm, stat, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { copyBuiltProject, linkModules, project } from '../built-project.js';
import { noteLogLine, noteTokens } from '../vitest/log-scan.js';

const shell = promisify(execFile);

/** Far longer than a short run takes on a busy machine. */
const RUN_LIMIT_MS = 600_000;

/** The project with its benchmark, built, in a folder of its own: what a run writes is written there. */
export interface BenchCopy {
  readonly folder: string;
  /** Runs `bench/bench.mjs`; a failure does not reject. */
  run(...words: string[]): Promise<Ran>;
  /** Runs another file of `bench`. */
  runFile(file: string, ...words: string[]): Promise<Ran>;
  remove(): Promise<void>;
}

/** The end of a run. */
interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Makes one. The benchmark's own packages are installed in the project, if they are not there yet: needs npm's registry. */
export async function copyBench(): Promise<BenchCopy> {
  await installPackages();
  const folder = await mkdtemp(join(tmpdir(), 'entra-graphql-bench-copy-'));
  const remove = () => rm(folder, { recursive: true, force: true });
  try {
    await copyBuiltProject(folder, ['docs', 'scripts']);
    await linkModules(folder);
    const modules = join('bench', 'node_modules');
    await cp(join(project, 'bench'), join(folder, 'bench'), {
      recursive: true,
      filter: (path) => path !== join(project, modules),
    });
    await symlink(join(project, modules), join(folder, modules));
  } catch (error) {
    await remove();
    throw error;
  }
  const { PATH, HOME } = process.env;
  // The logs of the servers that a run starts, and the tokens that it sends to them.
  const [log, tokens] = [join(folder, 'server.log'), join(folder, 'tokens')];
  const noting = join(project, 'test', 'support', 'processes', 'note-tokens.mjs');
  const env = { PATH, HOME, SERVER_LOG: log, NOTED_TOKENS: tokens, NODE_OPTIONS: `--import=${noting}` };
  const runFile: BenchCopy['runFile'] = async (file, ...words) => {
    const ran = await shell(process.execPath, [join('bench', file), ...words], {
      cwd: folder,
      env,
      timeout: RUN_LIMIT_MS,
    }).then(
      (output) => ({ code: 0, ...output }),
      ({ code, stdout, stderr }) => ({ code, stdout, stderr }),
    );
    noteTokens(await readFile(tokens, 'utf8'));
    noteLogLine(await readFile(log, 'utf8'));
    return ran;
  };
  return {
    folder,
    run: (...words) => runFile('bench.mjs', ...words),
    runFile,
    remove,
  };
}

/** npm leaves a copy of the lock file among the packages when it has installed all of them. */
async function installPackages(): Promise<void> {
  const bench = join(project, 'bench');
  const installed = await stat(join(bench, 'node_modules', '.package-lock.json')).catch(() => undefined);
  const wanted = await stat(join(bench, 'package-lock.json'));
  if (installed && installed.mtimeMs >= wanted.mtimeMs) return;
  await shell('npm', ['ci', '--ignore-scripts', '--no-fund'], { cwd: bench });
}
