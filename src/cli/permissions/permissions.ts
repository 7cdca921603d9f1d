import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Caller } from '../../authentication/caller.js';
import { readAuditedFields } from '../../authorization/audit/audited-fields.js';
import { createDecisions } from '../../authorization/decisions/decisions.js';
import { createShieldRules } from '../../authorization/guards/shield-rules.js';
import { explainAccess } from '../../authorization/permissions/explain-access.js';
import { diffPermissions, type PermissionChange } from '../../authorization/permissions/permission-diff.js';
import { buildPermissionMatrix } from '../../authorization/permissions/permission-matrix.js';
import { renderOperationAccess } from '../../authorization/permissions/render-operation-access.js';
import { renderDiffAsMarkdown } from '../../authorization/permissions/render-permission-diff.js';
import {
  renderMatrixAsJson,
  renderMatrixAsMarkdown,
} from '../../authorization/permissions/render-permission-matrix.js';
import { renderShieldRules } from '../../authorization/permissions/render-shield-rules.js';
import { createProtectedInputs } from '../../authorization/requirements/protected-inputs.js';
import { buildAccessView } from '../../explorer/permissions/access-view.js';
import { renderPermissionsFile } from '../../explorer/permissions/permissions-file.js';
import { CommandError } from '../command-failure.js';
import type { Terminal } from '../terminal/terminal.js';
import { describeRoles } from '../token/describe-roles.js';
import { readGivenToken } from '../token/given-token.js';
import { sampleCallers as callersOf } from '../token/persona-caller.js';
import { explainToken } from '../token/token-inspect.js';
import { findBroken, findDocumentAccess, readReleasedDocuments } from './documents.js';
import { type AgentsSetting, requirementsAt, rulesOnDisk, type SchemaRules } from './schema-versions.js';

/** The committed matrix, which reviewers read. `--check` compares it with the schema. */
const MATRIX_FILE = 'schema/PERMISSIONS.md';

const RENDERERS = { markdown: renderMatrixAsMarkdown, json: renderMatrixAsJson };

export type PermissionFormat = keyof typeof RENDERERS | 'html' | 'shield';

/** `entra-graphql permissions`: prints every field with what it needs and which persona has it. */
export async function printPermissions(terminal: Terminal, format: PermissionFormat): Promise<void> {
  const text = (await render(terminal, format)).trimEnd();
  // The hash of the page's script would be taken for an access token. Rules and names of personas hold none.
  if (format === 'html') terminal.printWithTokens(text);
  else terminal.print(text);
}

function render(terminal: Terminal, format: PermissionFormat): Promise<string> {
  if (format === 'shield') return renderTree(terminal);
  return format === 'html' ? renderPage(terminal) : renderMatrix(terminal, format);
}

/**
 * `permissions --documents FILE`: prints which persona may run which operation of the released clients.
 *
 * @returns whether the schema accepts all documents
 */
export async function printDocumentAccess(terminal: Terminal, files: readonly string[]): Promise<boolean> {
  const documents = readReleasedDocuments(terminal.folder, files);
  const { rows, invalid } = findDocumentAccess(await currentRules(terminal), documents, await sampleCallers(terminal));
  terminal.print(renderOperationAccess(rows).trimEnd());
  for (const [name, problem] of invalid)
    terminal.print(`\nWARNING: ${name}: the schema does not accept it: ${problem}`);
  return invalid.size === 0;
}

/** `permissions --write`: brings the committed matrix up to date. */
export async function writePermissions(terminal: Terminal): Promise<void> {
  await writeFile(join(terminal.folder, MATRIX_FILE), await renderMatrix(terminal, 'markdown'));
  terminal.print(`${MATRIX_FILE} is written.`);
}

/**
 * `permissions --check`
 *
 * @throws CommandError if the committed matrix is missing or differs from the schema
 * @throws RequirementError for a policy that no code defines, as a start does
 */
export async function checkPermissions(terminal: Terminal): Promise<void> {
  const committed = await readFile(join(terminal.folder, MATRIX_FILE), 'utf8').catch(() => undefined);
  const { policyNames } = await terminal.loadApi();
  if (committed === (await renderMatrix(terminal, 'markdown', policyNames)))
    return terminal.print(`${MATRIX_FILE} is up to date.`);
  const state = committed === undefined ? 'is missing' : 'is not what the schema says';
  throw new CommandError(`${MATRIX_FILE} ${state}. Run "entra-graphql permissions --write" and commit it.`);
}

/**
 * Runs `permissions diff REF`: prints who gained and who lost access since a commit, branch or tag. With `--documents` it
 * also prints which operations of released clients break.
 *
 * @returns whether anybody gained access to something, or an operation breaks
 */
export async function printPermissionDiff(
  terminal: Terminal,
  reference: string,
  files: readonly string[] = [],
): Promise<boolean> {
  const agents = agentsOf(terminal);
  const { folder } = terminal;
  const reading = Promise.all([requirementsAt(folder, reference, agents), rulesOnDisk(folder, agents)]);
  const [before, after] = await terminal.during(`Reading the rules at ${reference} …`, reading);
  const changes = diffPermissions(before.table, after.table);
  terminal.print(renderDiffAsMarkdown(changes).trimEnd());
  if (before.problems.length > 0) {
    const note = `NOTE: a start refuses the rules at ${reference} by today's checks. What is said above of these elements may not be what that version did:`;
    terminal.print(`\n${note}\n${before.problems.map((line) => `- ${line}`).join('\n')}`);
  }
  const gains = changes.filter(({ gained }) => gained.length > 0);
  const warn = (words: string, warned: readonly PermissionChange[]) => {
    if (warned.length === 0) return;
    terminal.print(`\nWARNING: ${words}: ${warned.map(({ coordinate }) => coordinate).join(', ')}`);
  };
  warn(
    `access is wider than at ${reference}`,
    gains.filter(({ change }) => change !== 'added'),
  );
  warn(
    `new since ${reference}, see above for whom`,
    gains.filter(({ change }) => change === 'added'),
  );
  const documents = readReleasedDocuments(terminal.folder, files);
  const callers = await sampleCallers(terminal);
  const accessBy = (rules: SchemaRules) => findDocumentAccess(rules, documents, callers);
  const broken = findBroken(accessBy(before), accessBy(after));
  if (files.length > 0) terminal.print(`\n${describeBroken(broken)}`);
  return gains.length > 0 || broken.length > 0;
}

function describeBroken(broken: readonly string[]): string {
  if (broken.length === 0) return 'No operation of the released clients breaks.';
  return ['WARNING: operations of released clients break:', ...broken.map((line) => `- ${line}`)].join('\n');
}

/**
 * Runs `permissions for CALLER`: prints what a persona or the caller of an access token may use and what is missing for the
 * rest.
 */
export async function explainPermissions(terminal: Terminal, name: string): Promise<void> {
  const callers = await sampleCallers(terminal);
  const caller = callers.has(name) ? callers.get(name) : await callerOfToken(terminal, name);
  if (caller?.kind === 'delegated' && (caller.groupRoles || caller.undecidedRoles)) {
    terminal.print(`Roles: ${describeRoles(caller)}\n`);
  }
  const { table } = await currentRules(terminal);
  const access = explainAccess(table, createDecisions(table.requirements), caller);
  const width = Math.max(...access.map(({ coordinate }) => coordinate.length));
  for (const { coordinate, decision, missing } of access) {
    const words = {
      ALLOWED: 'yes',
      DEPENDS: 'for some objects, by policy',
      DENIED: `no: ${missing}`,
      UNKNOWN: `not known: ${missing}`,
    }[decision];
    terminal.print(`${coordinate.padEnd(width)}  ${words}`);
  }
}

/**
 * Returns the caller of an access token after verifying it. Claims of an unverified token mean nothing.
 *
 * @throws CommandError when it is not a token or is refused
 */
async function callerOfToken(terminal: Terminal, given: string): Promise<Caller> {
  if (given !== '-' && !given.includes('.')) {
    const names = [...(await sampleCallers(terminal)).keys()].join(', ');
    throw new CommandError(`No persona is called "${given}". There are: ${names}.`);
  }
  const accessToken = await readGivenToken(terminal, { token: given });
  const { explanation } = await explainToken(terminal, accessToken, false);
  if (explanation.caller) return explanation.caller;
  throw new CommandError('This access token is not accepted. "entra-graphql token inspect" says why.');
}

async function currentRules(terminal: Terminal, policyNames?: readonly string[]): Promise<SchemaRules> {
  const reading = rulesOnDisk(terminal.folder, agentsOf(terminal), policyNames);
  return terminal.during('Reading the rules …', reading);
}

/** @throws CommandError for a value that a start refuses */
function agentsOf({ environment: { AGENTS = 'open' } }: Terminal): AgentsSetting {
  if (AGENTS === 'open' || AGENTS === 'closed') return AGENTS;
  throw new CommandError('AGENTS must be "open" or "closed".');
}

/** `--format shield`: the tree that graphql-shield enforces. */
async function renderTree(terminal: Terminal): Promise<string> {
  const { schema, table } = await currentRules(terminal);
  const decisions = createDecisions(table.requirements);
  return renderShieldRules(createShieldRules(table, createProtectedInputs(schema, table.inputs), decisions));
}

async function renderMatrix(
  terminal: Terminal,
  format: keyof typeof RENDERERS,
  policyNames?: readonly string[],
): Promise<string> {
  const { schema, table } = await currentRules(terminal, policyNames);
  const callers = await sampleCallers(terminal);
  return RENDERERS[format](buildPermissionMatrix(table, callers, readAuditedFields(schema)));
}

/** `--format html`: the page of `/permissions` in one file. */
async function renderPage(terminal: Terminal): Promise<string> {
  const { table } = await currentRules(terminal);
  return renderPermissionsFile(buildAccessView(table, await sampleCallers(terminal)));
}

async function sampleCallers(terminal: Terminal): Promise<ReadonlyMap<string, Caller | undefined>> {
  const loading = terminal.loadApi().then((api) => api.loadDevelopmentData());
  const { personas, clients } = (await terminal.during('Reading who can sign in …', loading)).emulator;
  return callersOf(personas, clients[0].clientId);
}
