import { Kind, type ObjectTypeDefinitionNode, parse } from 'graphql';
import type { Person } from '../../api/define-development.js';
import { CommandError } from '../command-failure.js';
import type { Terminal } from '../terminal/terminal.js';
import { describeNewRule, directivesOf, missingHolders, type RuleOptions } from './field-rule.js';
import { fieldTest } from './field-test.js';
import { insertAfter, nextMigration, openProject, type Project } from './project-files.js';
import { type ProjectFile, writeFiles } from './templates.js';

export interface AddFieldOptions extends RuleOptions {
  /** Its type in the schema. */
  readonly type: string;
}

/** Types that a field may have, with the type of its column and that of its rows. */
const TYPES: ReadonlyMap<string, readonly [sql: string, row: string]> = new Map([
  ['String', ['text', 'string']],
  ['Int', ['integer', 'number']],
  ['Float', ['double precision', 'number']],
  ['Boolean', ['boolean', 'boolean']],
  ['ID', ['text', 'string']],
  ['DateTime', ['timestamptz(3)', 'Date']],
]);

const COORDINATE = /^([A-Z][A-Za-z0-9]{0,60})\.([a-z][A-Za-z0-9]{0,60})$/;

interface NewField extends AddFieldOptions {
  /** Its rule in the schema. */
  readonly directives: string;
  readonly parent: string;
  readonly name: string;
  readonly column: string;
  /** Folder of the resource below `src/`. */
  readonly file: string;
}

/**
 * Runs `entra-graphql add field Type.name --role R`: writes a stored field with a rule into the schema, a migration, the
 * table, the people and the tests.
 *
 * @throws CommandError for a field that cannot be added; nothing is written then
 */
export async function addField(terminal: Terminal, coordinate: string, options: AddFieldOptions): Promise<void> {
  const project = openProject(terminal.folder);
  const field = parseField(coordinate, options);
  const { files, tests } = await terminal.during('Writing the field …', writeField(project, field, coordinate));
  const byHand = [
    project.kind === 'memory'
      ? `Without a database, have a resolver return ${coordinate}.`
      : 'It is null until rows have a value: `src/…/development.ts`, then "npm run dev -- --fresh".',
    ...(tests.length === 0 ? [`Add ${coordinate} to your tests of rules.`] : []),
  ];
  terminal.printForElsewhere(`${[...files, ...tests].map(({ path }) => `  ${path}`).join('\n')}

${[describeNewRule(options, coordinate), ...byHand].join(' ')}
See who gained it, and note it for the reviewer:

  npm run permissions -- diff HEAD
  npm run permissions -- --write`);
}

/** Writes the field, and then its tests, which are about the schema with the field. */
async function writeField(project: Project, field: NewField, coordinate: string) {
  const files = [
    await withFieldInSchema(project, field),
    ...(project.kind === 'database' ? await storedField(project, field) : []),
    ...(await withHolders(project, field)),
  ];
  await writeFiles(project.folder, files);
  const tests = await fieldTest(project, { coordinate, parent: field.parent, name: field.name });
  await writeFiles(project.folder, tests);
  return { files, tests };
}

function parseField(coordinate: string, options: AddFieldOptions): NewField {
  const { type } = options;
  const [, parent, name] = COORDINATE.exec(coordinate) ?? [];
  if (!parent || !name) {
    throw new CommandError(`"${coordinate.slice(0, 120)}" is not a field. Write Type.name, as in Invoice.budget.`);
  }
  const directives = directivesOf(options);
  if (!TYPES.has(type)) throw new CommandError(`--type must be one of ${[...TYPES.keys()].join(', ')}.`);
  return { ...options, directives, parent, name, column: parted(name, '_'), file: parted(parent, '-') };
}

/** Returns JSON with lists on one line, as the template has them. */
function toJson(people: readonly Person[]): string {
  const text = (value: unknown) =>
    Array.isArray(value) ? `[${value.map((one) => JSON.stringify(one)).join(', ')}]` : JSON.stringify(value);
  const texts = people.map((person) => {
    const lines = Object.entries(person).map(([name, value]) => `    "${name}": ${text(value)}`);
    return `  {\n${lines.join(',\n')}\n  }`;
  });
  return `[\n${texts.join(',\n')}\n]\n`;
}

/** `costCenter` and `_` are `cost_center`. */
function parted(name: string, by: string): string {
  return name.replaceAll(/(?<=[a-z0-9])(?=[A-Z])/g, by).toLowerCase();
}

/** Returns the file of the schema that defines the type, with the field at its end. */
async function withFieldInSchema(project: Project, { parent, name, type, directives }: NewField): Promise<ProjectFile> {
  for (const { path, text } of await project.list('schema', '.graphql')) {
    const node = parse(text).definitions.find(
      (definition): definition is ObjectTypeDefinitionNode =>
        definition.kind === Kind.OBJECT_TYPE_DEFINITION && definition.name.value === parent,
    );
    if (!node?.loc) continue;
    if (node.fields?.some((field) => field.name.value === name)) {
      throw new CommandError(`${path} has ${parent}.${name} already. Change its rule there.`);
    }
    const end = text.lastIndexOf('}', node.loc.end);
    const line = `  ${name}: ${type} ${directives}\n`;
    return { path, text: `${text.slice(0, end).trimEnd()}\n${line}${text.slice(end)}` };
  }
  throw new CommandError(`No file in schema/ defines the type ${parent}. "entra-graphql add resource" makes one.`);
}

/** Returns the migration that adds the column, and the table with it. */
async function storedField(project: Project, { parent, name, type, column, file }: NewField): Promise<ProjectFile[]> {
  const path = `src/${file}/table.ts`;
  const text = (await project.read(path)) ?? '';
  const table = /Tables \{\s*(\w+):/.exec(text)?.[1];
  const [sqlType = '', rowType = ''] = TYPES.get(type) ?? [];
  if (!table) throw new CommandError(`${path} does not name the table of ${parent}. Add the column there by hand.`);
  const withColumn = insertAfter(
    { path, text },
    /(interface \w+Table \{\n(?: {2}[^\n]*\n)*)/,
    `  ${column}: ${rowType} | null;\n`,
  );
  const selected = column === name ? column : `${column} as ${name}`;
  const number = await nextMigration(project);
  return [
    insertAfter(withColumn, /(Columns = \[[^\]]*[^\]\s,])/, `, '${selected}'`),
    {
      path: `migrations/${number}-${file}-${parted(name, '-')}.sql`,
      text: `-- Clients read it. To let them write it, grant update (${column}) to entra_graphql_runtime.\nalter table "${table}" add column "${column}" ${sqlType};\n`,
    },
  ];
}

/** Adds people who may use the field, if the project has none. */
async function withHolders(project: Project, { file, ...rule }: NewField): Promise<ProjectFile[]> {
  const path = `src/${file}/people.json`;
  const text = await project.read(path);
  if (text === undefined) return [];
  const people: readonly Person[] = JSON.parse(text);
  const missing = missingHolders(people, rule);
  return missing.length === 0 ? [] : [{ path, text: toJson([...people, ...missing]) }];
}
