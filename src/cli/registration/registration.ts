import { readFile } from 'node:fs/promises';
import { appIdUriIn } from '../../authentication/app-id-uri.js';
import { declaredNames } from '../../authorization/requirements/declared-names.js';
import { loadRegistrationConfig } from '../../config/config.js';
import { CommandError } from '../command-failure.js';
import { rulesOnDisk } from '../permissions/schema-versions.js';
import type { Terminal } from '../terminal/terminal.js';
import { buildRegistration, type Registration, type RegistrationNeeds } from './build-registration.js';
import { diffRegistration } from './diff-registration.js';
import { type ExportedRegistration, idsIn, parseExport } from './exported-registration.js';
import { claimNotes } from './optional-claims.js';

const MAX_BYTES = 5 * 1024 * 1024;

/** Form in which the app registration is printed. */
export type RegistrationFormat = 'manifest' | 'az';

export interface RegistrationOptions {
  readonly format: RegistrationFormat;
  readonly name: string;
  /** Path of an exported app registration, whose ids are kept. */
  readonly from?: string | undefined;
}

/**
 * `entra-graphql registration`: prints the app registration that schema and settings need.
 *
 * @throws CommandError when the file of `from` is not an export of an app registration
 */
export async function printRegistration(
  terminal: Terminal,
  { format, name, from }: RegistrationOptions,
): Promise<void> {
  const knownIds = from === undefined ? undefined : idsIn(await readExport(from));
  const { needs, audiences } = await needsOf(terminal, name);
  const { identifierUris, ...registration } = buildRegistration({ ...needs, knownIds });
  terminal.print(
    format === 'az'
      ? commandsFor(registration, name, ownUris(audiences))
      : asJson({ ...registration, ...(identifierUris && { identifierUris }) }),
  );
  printNotes(terminal, needs);
}

/**
 * `entra-graphql registration diff FILE`
 *
 * @returns whether the export differs from what schema and settings need
 * @throws CommandError when the file is not an export of an app registration
 */
export async function printRegistrationDiff(terminal: Terminal, path: string): Promise<boolean> {
  const { needs } = await needsOf(terminal, '');
  const lines = diffRegistration(await readExport(path), needs);
  terminal.print(
    lines.length === 0 ? 'The app registration is what the schema and the settings need.' : lines.join('\n'),
  );
  printNotes(terminal, needs);
  return lines.length > 0;
}

/** Prints to standard error, because standard output is a manifest or a script. */
function printNotes(terminal: Terminal, needs: RegistrationNeeds): void {
  for (const note of claimNotes(needs)) terminal.printError(note);
}

function asJson(registration: object): string {
  return JSON.stringify(registration, undefined, 2);
}

/** Leaves out client ids and App ID URIs made from one. They belong to an application that exists. */
function ownUris(audiences: readonly string[]): readonly string[] {
  return audiences.filter((audience) => URL.canParse(audience) && !/^spn:|^api:\/\/[0-9a-f-]{36}\/?$/i.test(audience));
}

async function needsOf(terminal: Terminal, displayName: string) {
  const { tenantId, audiences, mapsGroups, groupLookup, claims } = loadRegistrationConfig(terminal.environment);
  const { otherApis } = await terminal.loadApi();
  const { table } = await terminal.during('Reading the rules …', rulesOnDisk(terminal.folder, 'open'));
  const needs: RegistrationNeeds = {
    displayName,
    tenantId,
    appIdUri: appIdUriIn(audiences),
    usesGroups: mapsGroups || claims.includes('groups'),
    claims,
    otherApis,
    groupLookup,
    ...declaredNames(table),
  };
  return { needs, audiences };
}

/** @throws CommandError */
async function readExport(path: string): Promise<ExportedRegistration> {
  const exported = parseExport(await readJson(path));
  if (exported !== undefined) return exported;
  throw new CommandError(`${path} is not an app registration. Export it: az ad app show --id <client id> > ${path}`);
}

async function readJson(path: string): Promise<unknown> {
  try {
    const text = await readFile(path, 'utf8');
    return text.length > MAX_BYTES ? undefined : JSON.parse(text);
  } catch (cause) {
    throw new CommandError(`Cannot read ${path} as JSON.`, { cause });
  }
}

/** Returns shell commands. The application is new, so its App ID URIs are set once its client id is known. */
function commandsFor(
  registration: Omit<Registration, 'identifierUris'>,
  name: string,
  uris: readonly string[],
): string {
  const asksElsewhere = registration.requiredResourceAccess !== undefined;
  return `# Creates the application, gives it all that the schema needs, and lets it be assigned to users and applications.
APP_ID=$(az ad app create --display-name ${quoted(name)} --query appId --output tsv)
az rest --method PATCH --uri "https://graph.microsoft.com/v1.0/applications(appId='$APP_ID')" \\
  --headers "Content-Type=application/json" --body ${quoted(asJson(registration))}
az ad app update --id "$APP_ID" --identifier-uris ${['"api://$APP_ID"', ...uris.map(quoted)].join(' ')}
az ad sp create --id "$APP_ID"
echo "ENTRA_CLIENT_ID=$APP_ID"${asksElsewhere ? CONSENT : ''}`;
}

/** The last command, because Entra may not know the new application everywhere at once. */
const CONSENT = `
# An administrator consents to what the API asks other APIs for. Repeat it if Entra does not know the application yet.
az ad app permission admin-consent --id "$APP_ID"`;

function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
