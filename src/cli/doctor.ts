import { migrationFolders } from '../resource.js';
import { apiPort } from './development-ports.js';
import { checkDatabase } from './doctor/check-database.js';
import { checkDevelopmentServer } from './doctor/check-development-server.js';
import { checkProvider } from './doctor/check-provider.js';
import { checkSettings, type SettingsFound } from './doctor/check-settings.js';
import type { Finding } from './doctor/finding.js';
import { printable } from './printable.js';
import type { Terminal } from './terminal.js';
import { textTable } from './text-table.js';

const COLUMNS = [5, 14, 97];

/**
 * `entra-graphql doctor`: holds the settings against the provider and the database, one line for each thing looked at. It
 * changes nothing.
 *
 * @returns the exit code: 0 when nothing fails, else 1
 */
export async function runDoctor(terminal: Terminal, { json = false }: { readonly json?: boolean }): Promise<0 | 1> {
  const settings = await checkSettings(terminal);
  const findings = [...settings.findings, ...(await checkSurroundings(settings, terminal))];
  const isHealthy = findings.every(({ status }) => status !== 'fail');
  terminal.print(printable(json ? JSON.stringify({ healthy: isHealthy, findings }, undefined, 2) : asText(findings)));
  return isHealthy ? 0 : 1;
}

async function checkSurroundings({ identity, config }: SettingsFound, terminal: Terminal): Promise<Finding[]> {
  const found = await Promise.all([
    identity ? checkProvider(identity, { now: Date.now, signal: terminal.stopped }) : [],
    identity?.emulator ? checkDevelopmentServer(apiPort(terminal.environment)) : [],
    config ? checkDatabase(config.database.url, migrationFolders) : [],
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
