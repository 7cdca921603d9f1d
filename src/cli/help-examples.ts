import type { Command } from 'commander';

/** A call of a command that works as it stands, and what it does. */
type Example = readonly [call: string, does: string];

/** Examples by the words of their command. The help of each command ends with them. */
export const HELP_EXAMPLES: Readonly<Record<string, readonly Example[]>> = {
  '': [
    ['dev', 'start everything, with sample data'],
    ['token issue erin', 'print an access token of a persona'],
    ['permissions for erin', 'show what erin may use, and why not the rest'],
    ['doctor', 'check settings, identity provider and database'],
  ],
  dev: [
    ['dev', 'start with the data of the last time'],
    ['dev --fresh', 'start with new sample data'],
    ['dev --personas people.json', 'add your own people to those who can sign in'],
  ],
  init: [
    ['init my-api --resource invoice', 'a project with a first resource of your own'],
    ['init my-api --without-database', 'the data stays elsewhere'],
  ],
  add: [
    ['add resource purchase-order', 'a further resource'],
    ['add field Invoice.margin --role Invoices.Auditor', 'a stored field with a role'],
  ],
  'add resource': [['add resource purchase-order', 'in the folder of the project']],
  'add field': [
    ['add field Invoice.margin --role Invoices.Auditor --type Float', 'a number for auditors'],
    ['add field Invoice.tax --scope Tax.Read --app-role Tax.Read.All', 'for users with a scope, and for jobs'],
  ],
  start: [['start', 'serve until the process is asked to stop']],
  migrate: [['migrate', 'before each new version, with DATABASE_MIGRATION_URL']],
  subgraph: [['subgraph > subgraph.graphql', 'write the schema for the composition of a supergraph']],
  registration: [
    ['registration', 'print the manifest'],
    ['registration --format az --name Expenses', 'print commands for the Azure CLI'],
  ],
  'registration diff': [['registration diff manifest.json', 'compare what was exported from Entra']],
  revoke: [
    ['revoke --user 0b1ec700-0000-4000-8000-000000000001', 'refuse the tokens of a user'],
    ['revoke --token YpcVFL93OQ4fAUk36eQG1w', 'refuse one token'],
  ],
  permissions: [
    ['permissions', 'print the table'],
    ['permissions --check', 'in CI: fail when schema/PERMISSIONS.md is old'],
    ['permissions --format html > permissions.html', 'write a page that works without a server'],
  ],
  'permissions diff': [['permissions diff main', 'who gained and lost what on this branch']],
  'permissions for': [
    ['permissions for erin', 'by the name of a persona'],
    ['permissions for - < token.txt', 'by an access token in a file'],
  ],
  token: [
    ['token', 'list the personas'],
    ['token issue erin', 'print a token of erin'],
    ['token inspect - < token.txt', 'explain a token'],
  ],
  'token issue': [
    ['token issue', 'list the personas'],
    ['token issue erin', 'print a token of erin'],
    ['token issue finn --auth-context c1', 'as after a second factor'],
  ],
  'token inspect': [
    ['token inspect - < token.txt', 'read the token from standard input'],
    ['token inspect --file token.txt --offline', 'without asking the identity provider'],
  ],
  doctor: [
    ['doctor', 'before the first start, and when sign-ins fail'],
    ['doctor --json', 'for a program'],
  ],
};

/** Adds the examples to the help of a command and of those below it. */
export function addHelpExamples(command: Command, words: readonly string[] = []): void {
  const examples = HELP_EXAMPLES[words.join(' ')] ?? [];
  if (examples.length > 0) command.addHelpText('after', `\nExamples:\n${examples.map(writeExample).join('\n')}`);
  for (const below of command.commands) addHelpExamples(below, [...words, below.name()]);
}

/** The call on a line of its own: it may become longer where it is to be pasted. */
function writeExample([call, does]: Example): string {
  return `  # ${does}\n  entra-graphql ${call}`;
}
