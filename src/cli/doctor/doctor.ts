import { apiPort } from '../../development/development-ports.js';
import { printable } from '../terminal/printable.js';
import type { Terminal } from '../terminal/terminal.js';
import { textTable } from '../terminal/text-table.js';
import { checkClientAddresses } from './check-client-addresses.js';
import { checkDatabase } from './check-database.js';
import { checkDevelopmentServer } from './check-development-server.js';
import { checkGroupRoles } from './check-group-roles.js';
import { checkProvider } from './check-provider.js';
import { checkResource } from './check-resource.js';
import { checkSettings, type SettingsFound } from './check-settings.js';
import type { Finding } from './finding.js';

const COLUMNS = [5, 14, 97];

/**
 * Runs `entra-graphql doctor`: checks the settings, the provider and the database, with one line for each check. It changes
 * nothing.
 *
 * @returns the exit code: 0 when nothing fails, else 1
 */
export async function runDoctor(terminal: Terminal, { json = false }: { readonly json?: boolean }): Promise<0 | 1> {
  const settings = await checkSettings(terminal);
  const findings = [
    ...settings.findings,
    ...(await terminal.during(
      'Asking the identity provider and the database …',
      checkSurroundings(settings, terminal),
    )),
  ];
  const isHealthy = findings.every(({ status }) => status !== 'fail');
  terminal.print(printable(json ? JSON.stringify({ healthy: isHealthy, findings }, undefined, 2) : asText(findings)));
  return isHealthy ? 0 : 1;
}

async function checkSurroundings({ identity, config }: SettingsFound, terminal: Terminal): Promise<Finding[]> {
  const { migrationFolders } = await terminal.loadApi();
  const found = await Promise.all([
    identity ? checkProvider(identity, { now: Date.now, signal: terminal.stopped }) : [],
    identity?.emulator ? checkDevelopmentServer(apiPort(terminal.environment)) : [],
    identity ? checkGroupRoles(identity.authentication, terminal.folder) : [],
    config ? [checkClientAddresses(config.http)] : [],
    config ? [checkResource(config.http.publicUrl, config.authentication.audiences)] : [],
    config && migrationFolders.length > 0 ? checkDatabase(config.database, migrationFolders) : [],
    config ? config.database.tlsNotes.map((seen): Finding => ({ check: 'database TLS', status: 'warn', seen })) : [],
  ]);
  return found.flat();
}

function asText(findings: readonly Finding[]): string {
  const rows = findings.flatMap(({ status, check, seen, advice }) => [
    [status === 'fail' ? 'FAIL' : status, check, seen],
    ...(advice ? [['', '', `-> ${advice}`]] : []),
  ]);
  return textTable(rows, COLUMNS);
}
