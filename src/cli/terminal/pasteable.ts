import { join, relative } from 'node:path';

/** How this process was called, and where the reader of its output is. */
export interface Calling {
  /** The program file: `src/main.ts` or `dist/main.js`. */
  readonly main: string;
  /** The folder of the project, with its package.json. */
  readonly project: string;
  /** The folder the command was called in. */
  readonly folder: string;
  /** `PORT`, which the commands for development need as well. */
  readonly port?: string | undefined;
}

/**
 * Creates a function that makes the commands within a text ready to paste. It replaces `entra-graphql doctor` and `npm run
 * dev` by the command that works in the reader's folder. It leaves all other words alone.
 */
export function createPasteable({ main, project, folder, port }: Calling): (text: string) => string {
  const isInProject = relative(project, folder) === '';
  const call = isInProject ? callInProject(main, project) : callElsewhere(main, project);
  const prefix = port !== undefined && /^\d{1,5}$/.test(port) ? `PORT=${port} ` : '';
  return (text) =>
    text
      .replaceAll(
        /(?<=["\s(])entra-graphql (?=(?:add|dev|doctor|init|migrate|permissions|registration|revoke|start|subgraph|token)\b)/g,
        `${call} `,
      )
      .replaceAll('Usage: entra-graphql', `Usage: ${call}`)
      .replaceAll(/npm run -s token -- |npm run dev -- |npm run (?:dev|migrate)\b/g, (npm) => {
        const asked = npm.includes('migrate') ? '' : prefix;
        return asked + (isInProject ? npm : `${call} ${COMMANDS[npm]}`);
      });
}

/** The commands of npm's scripts, which are there only in the folder of the project. */
const COMMANDS: Readonly<Record<string, string>> = {
  'npm run -s token -- ': 'token issue ',
  'npm run dev -- ': 'dev ',
  'npm run dev': 'dev',
  'npm run migrate': 'migrate',
};

function callInProject(main: string, project: string): string {
  return main.endsWith('.ts') ? `npx tsx ${relative(project, main)}` : `node ${relative(project, main)}`;
}

/** Installed as a package, npx finds the program. Elsewhere it is called by its path. */
function callElsewhere(main: string, project: string): string {
  if (main.endsWith('.ts')) return [join(project, 'node_modules', '.bin', 'tsx'), main].map(quote).join(' ');
  return main.includes(join('node_modules', 'entra-graphql')) ? 'npx entra-graphql' : `node ${quote(main)}`;
}

function quote(path: string): string {
  return /[^\w./-]/.test(path) ? `'${path.replaceAll("'", "'\\''")}'` : path;
}
