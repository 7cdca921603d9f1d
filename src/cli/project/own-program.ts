import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const packageFolder = fileURLToPath(new URL('../../../', import.meta.url));
/** The import by which a program runs the commands for an API of its own. */
const RUN = 'entra-graphql/run';

/**
 * Finds the program of a project in which this package is installed. Its commands are for the API of the project, and those
 * of this package's program are for the sample.
 *
 * @returns arguments of `node` that run it. Undefined if the project has no program of its own
 */
export function findOwnProgram(folder: string): readonly string[] | undefined {
  if (!isInstalledIn(folder)) return undefined;
  const source = join('src', 'main.ts');
  const tsx = isProgram(join(folder, source)) && findTsx(folder);
  if (tsx) return ['--import', tsx, source];
  const built = join('dist', 'main.js');
  return isProgram(join(folder, built)) ? [built] : undefined;
}

/** A global installation must not run the code of each folder in which it is called. */
function isInstalledIn(folder: string): boolean {
  const installed = join(folder, 'node_modules', 'entra-graphql');
  return existsSync(installed) && realpathSync(installed) === realpathSync(packageFolder);
}

function isProgram(file: string): boolean {
  return existsSync(file) && readFileSync(file, 'utf8').includes(RUN);
}

/** It is a tool of development. Where only what production needs is installed, the built program runs. */
function findTsx(folder: string): string | undefined {
  try {
    return pathToFileURL(createRequire(join(folder, 'package.json')).resolve('tsx')).href;
  } catch {
    return undefined;
  }
}
