import { readFile } from 'node:fs/promises';
import { appIdUriIn } from '../../authentication/app-id-uri.js';
import { declaredNames } from '../../authorization/requirements/declared-scopes.js';
import { CommandError } from '../command-failure.js';
import { rulesOnDisk } from '../permissions/schema-versions.js';
import type { Terminal } from '../terminal/terminal.js';
import { buildRegistration, type RegistrationNeeds } from './build-registration.js';
import { diffRegistration, idsIn } from './diff-registration.js';

const MAX_BYTES = 5 * 1024 * 1024;

/** Form in which the app registration is printed. */
export type RegistrationFormat = 'manifest' | 'az';

/** Options of `registration`. */
export interface RegistrationOptions {
  readonly format: RegistrationFormat;
  readonly name: string;
  /** Path of an exported app registration, whose ids are kept. */
  readonly from?: string | undefined;
}

/**
 * `entra-graphql registration`: prints what the schema needs as an app registration.
 *
 * @throws CommandError when the file of `from` is no export of an app registration
 */
export async function printRegistration(
  terminal: Terminal,
  { format, name, from }: RegistrationOptions,
): Promise<void> {
  const knownIds = from === undefined ? undefined : orThrow(idsIn(await readExport(from)), from);
  const { identifierUris, ...registration } = buildRegistration({ ...(await needsOf(terminal, name)), knownIds });
  if (format === 'az') {
    terminal.print(commandsFor(asJson(registration), name, ownUris(audiencesOf(terminal))));
    return;
  }
  terminal.print(asJson({ ...registration, ...(identifierUris && { identifierUris }) }));
}

/**
 * `entra-graphql registration diff FILE`
 *
 * @returns whether the export differs from what the schema needs
 * @throws CommandError when the file is no export of an app registration
 */
export async function printRegistrationDiff(terminal: Terminal, path: string): Promise<boolean> {
  const lines = orThrow(diffRegistration(await readExport(path), await needsOf(terminal, '')), path);
  terminal.print(lines.length === 0 ? 'The app registration is what the schema needs.' : lines.join('\n'));
  return lines.length > 0;
}

/** @throws CommandError */
function orThrow<T>(found: T | undefined, path: string): T {
  if (found !== undefined) return found;
  throw new CommandError(`${path} is no app registration. Export it: az ad app show --id <client id> > ${path}`);
}

function asJson(registration: object): string {
  return JSON.stringify(registration, undefined, 2);
}

function audiencesOf({ environment }: Terminal): readonly string[] {
  return [environment.ENTRA_AUDIENCES ?? '', environment.ENTRA_CLIENT_ID ?? ''].flatMap((value) =>
    value.split(',').flatMap((part) => part.trim() || []),
  );
}

/** Leaves out client ids and App ID URIs made from one. They belong to an application that exists. */
function ownUris(audiences: readonly string[]): readonly string[] {
  return audiences.filter((audience) => URL.canParse(audience) && !/^spn:|^api:\/\/[0-9a-f-]{36}\/?$/i.test(audience));
}

async function needsOf(terminal: Terminal, displayName: string): Promise<RegistrationNeeds> {
  const { folder, environment } = terminal;
  const { table } = await rulesOnDisk(folder, 'open');
  return {
    displayName,
    appIdUri: appIdUriIn(audiencesOf(terminal)),
    usesGroups: (environment.ENTRA_GROUP_ROLES ?? '').trim() !== '',
    ...declaredNames(table),
  };
}

async function readExport(path: string): Promise<unknown> {
  try {
    const text = await readFile(path, 'utf8');
    return text.length > MAX_BYTES ? undefined : JSON.parse(text);
  } catch (cause) {
    throw new CommandError(`Cannot read ${path} as JSON.`, { cause });
  }
}

/** Returns shell commands. The application is new, so its App ID URIs are set once its client id is known. */
function commandsFor(manifest: string, name: string, uris: readonly string[]): string {
  return `# Creates the application, gives it all that the schema needs, and lets it be assigned to users and applications.
APP_ID=$(az ad app create --display-name ${quoted(name)} --query appId --output tsv)
az rest --method PATCH --uri "https://graph.microsoft.com/v1.0/applications(appId='$APP_ID')" \\
  --headers "Content-Type=application/json" --body ${quoted(manifest)}
az ad app update --id "$APP_ID" --identifier-uris ${['"api://$APP_ID"', ...uris.map(quoted)].join(' ')}
az ad sp create --id "$APP_ID"
echo "ENTRA_CLIENT_ID=$APP_ID"`;
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
