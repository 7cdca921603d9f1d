import { basename } from 'node:path';
import { CommandError } from '../command-failure.js';
import type { Terminal } from '../terminal/terminal.js';
import { parseResourceName, type ResourceNames } from './names.js';
import { insertAfter, nextMigration, openProject, type Project } from './project-files.js';
import { type ProjectFile, readTemplate, writeFiles } from './templates.js';

/**
 * `entra-graphql add resource NAME`: writes a further resource into a project, and names it where resources are listed.
 *
 * @throws CommandError for a name that cannot be used, and for a project that does not have the lists
 */
export async function addResource(terminal: Terminal, name: string): Promise<void> {
  const project = openProject(terminal.folder);
  const names = parseResourceName(name);
  const written = await terminal.during('Writing the resource …', writeResource(project, names));
  terminal.printForElsewhere(`${written.map(({ path }) => `  ${path}`).join('\n')}

The resource ${names.type} is there (its list is ${names.list}). See who may use it, and note it for the reviewer:

  npm run permissions -- diff HEAD
  npm run permissions -- --write`);
}

async function writeResource(project: Project, names: ResourceNames): Promise<readonly ProjectFile[]> {
  const files = await filesOf(project, names);
  for (const { path } of files) {
    if ((await project.read(path)) !== undefined)
      throw new CommandError(`${path} exists already. Choose another name.`);
  }
  const lists = [
    await withResource(project, 'src/api.ts', names.fill('sampleThing'), `./${names.file}/resource.js`),
    await withResource(
      project,
      'src/development.ts',
      names.fill('sampleThingDevelopment'),
      `./${names.file}/development.js`,
    ),
  ];
  const written = [...files, ...lists];
  await writeFiles(project.folder, written);
  return written;
}

/** Returns the files of the template that belong to the resource alone. */
async function filesOf(project: Project, names: ResourceNames): Promise<readonly ProjectFile[]> {
  const number = project.kind === 'database' ? await nextMigration(project) : '';
  const hasMutations = (await project.list('schema', '.graphql')).some(({ text }) => /^type Mutation\b/m.test(text));
  const files = await readTemplate(project.kind, names);
  return files
    .filter(({ path }) => path.split('/').includes(names.file) || basename(path).includes(names.file))
    .map(({ path, text }) => ({
      path: path.replace('0001-', `${number}-`),
      text: hasMutations ? text.replace(/^type Mutation\b/m, 'extend type Mutation') : text,
    }));
}

/** Returns a file with the import of a resource, and with its name in the list `resources`. */
async function withResource(project: Project, path: string, name: string, from: string): Promise<ProjectFile> {
  const file = { path, text: (await project.read(path)) ?? '' };
  const named = insertAfter(file, /(resources: \[[^\]]*[^\]\s,])/, `, ${name}`);
  const lines = named.text.split('\n');
  const lastImport = lines.findLastIndex((line) => line.startsWith('import '));
  lines.splice(lastImport + 1, 0, `import { ${name} } from '${from}';`);
  return { path, text: lines.join('\n') };
}
