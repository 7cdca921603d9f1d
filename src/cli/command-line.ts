import { createRequire } from 'node:module';
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { describeCommandFailure } from './command-failure.js';
import { addHelpExamples } from './help-examples.js';
import type { PermissionFormat } from './permissions/permissions.js';
import type { AddFieldOptions } from './project/add-field.js';
import type { RegistrationOptions } from './registration/registration.js';
import type { RevokeOptions } from './revoke.js';
import type { Terminal } from './terminal/terminal.js';
import type { InspectOptions } from './token/token-inspect.js';
import type { IssueOptions } from './token/token-issue.js';

const { version }: { version: string } = createRequire(import.meta.url)('../../package.json');

/**
 * Command that `token` alone stands for, which lists the personas. If `token` had an action of its own, an unknown command
 * after it would be reported as a surplus argument.
 */
const LIST_PERSONAS = ['token', 'issue'];

interface Outcome {
  exitCode: number;
  /** The exit code when the command fails. */
  exitCodeOfFailure: number;
}

/**
 * Runs one command of `entra-graphql`. Each command's code is loaded when it is called, so that `start` never loads what
 * only development needs.
 *
 * @returns the exit code: 0 done, 1 failed, 2 called wrongly
 */
export async function runCommandLine(words: readonly string[], terminal: Terminal): Promise<number> {
  const outcome: Outcome = { exitCode: 0, exitCodeOfFailure: 1 };
  const program = new Command('entra-graphql')
    .description('GraphQL API server for Microsoft Entra ID')
    .version(version)
    .exitOverride()
    .showHelpAfterError('Add --help to see how it is called, with examples.')
    .configureOutput({
      writeOut: (text) => terminal.print(text.trimEnd()),
      writeErr: (text) => terminal.printError(text.trimEnd()),
    });
  addServerCommands(program, terminal, outcome);
  addProjectCommands(program, terminal);
  addAddCommands(program, terminal);
  addPermissionCommands(program, terminal, outcome);
  addSubgraphCommand(program, terminal);
  addRegistrationCommands(program, terminal, outcome);
  addRevokeCommand(program, terminal);
  addTokenCommands(program, terminal, outcome);
  addDoctor(program, terminal, outcome);
  addHelpExamples(program);

  try {
    await program.parseAsync(words.join(' ') === 'token' ? LIST_PERSONAS : words, { from: 'user' });
    return outcome.exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    terminal.printError(describeCommandFailure(error));
    return outcome.exitCodeOfFailure;
  }
}

function addServerCommands(program: Command, terminal: Terminal, outcome: Outcome): void {
  program
    .command('dev')
    .description(
      'start everything for development: API (restarts on change), Entra emulator, PostgreSQL with sample data',
    )
    .option('--fresh', 'delete the development data first')
    .option('--no-https', 'let the emulator answer http only')
    .option('--personas <file>', 'add the personas of a JSON file to those who can sign in')
    .action(async ({ fresh = false, ...choices }: { fresh?: boolean; https: boolean; personas?: string }) => {
      terminal.handleSignals();
      const { runDevelopment } = await import('./dev.js');
      outcome.exitCode = await runDevelopment(terminal, { fresh, ...choices });
    });
  program.command('dev-api', { hidden: true }).action(async () => {
    terminal.handleSignals();
    const { runDevelopmentApi } = await import('./dev-api.js');
    await runDevelopmentApi(terminal);
  });
  program
    .command('start')
    .description('start the server with the settings of the environment')
    .action(async () => {
      terminal.handleSignals();
      terminal.prepareToServe();
      const { runServer } = await import('./start.js');
      await runServer(terminal);
    });
  program
    .command('migrate')
    .description('bring the database up to date and create the run-time login (DATABASE_MIGRATION_URL, DATABASE_URL)')
    .action(async () => {
      const { runMigrations } = await import('./migrate.js');
      await runMigrations(terminal);
    });
}

function addSubgraphCommand(program: Command, terminal: Terminal): void {
  program
    .command('subgraph')
    .description('print the schema of the subgraph for composition, as for `rover subgraph publish` (reads ./schema)')
    .action(async () => {
      const { printSubgraph } = await import('./print-subgraph.js');
      await printSubgraph(terminal);
    });
}

function addProjectCommands(program: Command, terminal: Terminal): void {
  program
    .command('init <folder>')
    .description('write a project with an API of your own, which depends on this package')
    .option('--resource <name>', 'its first resource, in the singular, such as invoice', 'note')
    .option('--without-database', 'no tables and no migrations: you keep the data elsewhere')
    .option('--package <version>', 'where npm takes entra-graphql from: a version, an archive or a folder')
    .action(async (folder: string, options: { resource: string; withoutDatabase?: true; package?: string }) => {
      const { initProject } = await import('./project/init.js');
      const { withoutDatabase = false, ...rest } = options;
      await initProject(terminal, folder, { ...rest, database: !withoutDatabase });
    });
}

function addAddCommands(program: Command, terminal: Terminal): void {
  const add = program.command('add').description('add to a project that `init` has written');
  add
    .command('resource <name>')
    .description('write a further resource, in the singular, such as purchase-order')
    .action(async (name: string) => {
      const { addResource } = await import('./project/add-resource.js');
      await addResource(terminal, name);
    });
  add
    .command('field <Type.name>')
    .description('write a stored field with a rule: schema, migration, table, people and tests')
    .option('--role <role>', 'the app role that users need', once)
    .option('--scope <scope>', 'the scope that users need', once)
    .option('--app-role <role>', 'the app role with which an application may use it without a user', once)
    .option('--type <type>', 'its type: String, Int, Float, Boolean, ID or DateTime', 'String')
    .action(async (coordinate: string, options: AddFieldOptions) => {
      const { addField } = await import('./project/add-field.js');
      await addField(terminal, coordinate, options);
    });
}

function addRegistrationCommands(program: Command, terminal: Terminal, outcome: Outcome): void {
  const registration = program
    .command('registration')
    .description('print what the schema and the settings need as an app registration (reads ./schema)')
    .addOption(
      new Option('--format <format>', 'a manifest as JSON, or commands for the Azure CLI')
        .choices(['manifest', 'az'])
        .default('manifest'),
    )
    .option('--name <name>', 'display name of the application', 'GraphQL API')
    .option('--from <manifest>', 'an exported app registration, whose ids of scopes and app roles are kept')
    .action(async (options: RegistrationOptions) => {
      const { printRegistration } = await import('./registration/registration.js');
      await printRegistration(terminal, options);
    });
  registration
    .command('diff <manifest>')
    .description(
      'compare an exported app registration with schema and settings; exit code 1 when they differ, 2 on failure',
    )
    .action(async (path: string) => {
      outcome.exitCodeOfFailure = 2;
      const { printRegistrationDiff } = await import('./registration/registration.js');
      outcome.exitCode = (await printRegistrationDiff(terminal, path)) ? 1 : 0;
    });
}

function addRevokeCommand(program: Command, terminal: Terminal): void {
  program
    .command('revoke')
    .description('refuse access tokens before they expire, on every server (DATABASE_MIGRATION_URL)')
    .option('--user <oid>', 'object id of a user', several)
    .option('--client <id>', 'client id of an application', several)
    .option('--agent <id>', 'client id of an agent, or of the blueprint of agents', several)
    .option('--token <uti>', 'id of one token (claim uti, in the log)', several)
    .option('--before <time>', 'tokens that were issued before this time, such as 2026-03-02T10:00:00Z (default: now)')
    .action(async (options: RevokeOptions) => {
      const { runRevoke } = await import('./revoke.js');
      await runRevoke(terminal, options);
    });
}

function once(value: string, before: string | undefined): string {
  if (before === undefined) return value;
  throw new InvalidArgumentError('Give it once. For several names, change the rule in the schema afterwards.');
}

interface PermissionOptions {
  readonly format: PermissionFormat;
  readonly check?: boolean;
  readonly write?: boolean;
  readonly documents?: readonly string[];
}

function several(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value];
}

function addPermissionCommands(program: Command, terminal: Terminal, outcome: Outcome): void {
  const permissions = program
    .command('permissions')
    .description('show who may use which field (reads ./schema)')
    .addOption(
      new Option('--format <format>', 'the table, or "shield": the tree of rules that graphql-shield enforces')
        .choices(['markdown', 'json', 'html', 'shield'])
        .default('markdown'),
    )
    .option('--check', 'fail when schema/PERMISSIONS.md differs from the schema')
    .option('--write', 'write schema/PERMISSIONS.md')
    .option('--documents <manifest>', 'show instead who may run which trusted document; may be repeated', several)
    .action(async ({ format, check, write, documents }: PermissionOptions) => {
      const command = await import('./permissions/permissions.js');
      const { checkPermissions, printPermissions, writePermissions } = command;
      if (check) await checkPermissions(terminal);
      else if (write) await writePermissions(terminal);
      else if (documents) outcome.exitCode = (await command.printDocumentAccess(terminal, documents)) ? 0 : 1;
      else await printPermissions(terminal, format);
    });
  permissions
    .command('diff <reference>')
    .description(
      'show who gained and who lost access since a commit, branch or tag; exit code 1 when somebody gained or an operation breaks, 2 on failure',
    )
    .option('--documents <manifest>', 'say which trusted documents break; may be repeated', several)
    .action(async (reference: string, _options: unknown, command: Command) => {
      // 1 would say that access is wider.
      outcome.exitCodeOfFailure = 2;
      const { printPermissionDiff } = await import('./permissions/permissions.js');
      // The option is one of `permissions` too, which takes it wherever it stands.
      const { documents }: PermissionOptions = command.optsWithGlobals();
      outcome.exitCode = (await printPermissionDiff(terminal, reference, documents)) ? 1 : 0;
    });
  permissions
    .command('for <caller>')
    .description(
      'show what a persona or the caller of an access token may use, and what is missing for the rest ("-" reads the token from standard input)',
    )
    .action(async (caller: string) => {
      const { explainPermissions } = await import('./permissions/permissions.js');
      await explainPermissions(terminal, caller);
    });
}

function addTokenCommands(program: Command, terminal: Terminal, outcome: Outcome): void {
  const token = program.command('token').description('issue and explain access tokens; alone, list the personas');
  token
    .command('issue [persona]')
    .description('print an access token of a persona from the emulator of a running `dev`, or list the personas')
    .option('--auth-context <id>', 'sign in with this authentication context, such as c1')
    .option('--client <id>', 'client id of the application or agent that calls for the persona')
    .addOption(new Option('--token-version <version>', 'the form of the token').choices(['1', '2']))
    .action(async (persona: string | undefined, options: IssueOptions) => {
      const { issueToken, listPersonas } = await import('./token/token-issue.js');
      if (persona === undefined) outcome.exitCode = await listPersonas(terminal);
      else await issueToken(terminal, persona, options);
    });
  token
    .command('inspect [token]')
    .description(
      'explain why an access token is accepted (exit code 0), refused (1) or cannot be verified (2); "-" reads standard input',
    )
    .option('--file <path>', 'read the token from a file')
    .option('--offline', 'fetch nothing and skip the checks of key and signature')
    .option('--json', 'print JSON')
    .action(async (accessToken: string | undefined, options: InspectOptions) => {
      // 1 would say that the token is refused.
      outcome.exitCodeOfFailure = 2;
      const { inspectToken } = await import('./token/token-inspect.js');
      outcome.exitCode = await inspectToken(terminal, accessToken, options);
    });
}

function addDoctor(program: Command, terminal: Terminal, outcome: Outcome): void {
  program
    .command('doctor')
    .description('check settings, identity provider and database; exit code 1 when a check fails')
    .option('--json', 'print JSON')
    .action(async (options: { json?: boolean }) => {
      const { runDoctor } = await import('./doctor/doctor.js');
      outcome.exitCode = await runDoctor(terminal, options);
    });
}
