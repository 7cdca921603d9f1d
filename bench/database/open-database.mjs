import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { migrate } from '../../dist/database/setup/migrate.js';
import { startEmbeddedPostgres } from '../../dist/development/postgres/embedded-postgres.js';
import { seed } from '../../dist/expenses/sample-data/seed.js';
import { migrationFolders } from '../../dist/resource.js';
import pg from '../../node_modules/pg/lib/index.js';
import { LOAD_CORE, pinProcess } from '../harness/child-process.mjs';
import { cpuOfChildren, parentOf } from './process-cpu.mjs';

const PROJECT = fileURLToPath(new URL('../../', import.meta.url));

/**
 * A PostgreSQL of its own with the sample data, on the client's core. It is removed in the end.
 *
 * @returns {Promise<{ url: string, superuserUrl: string, version: string, readCpu?: () => Map<number, number>,
 *   close(): Promise<void> }>} `url` is the run-time login's; `readCpu` is there on Linux, see `process-cpu.mjs`
 */
export async function openDatabase() {
  const { ownerUrl, runtimeUrl, superuserUrl, close } = await startPostgres();
  try {
    await migrate({ migrationUrl: ownerUrl, runtimeUrl, folders: migrationFolders });
    await seed(ownerUrl);
    const { version, parent } = await askServer(ownerUrl);
    if (parent) pinProcess(parent, LOAD_CORE);
    return {
      url: runtimeUrl,
      superuserUrl,
      version,
      ...(parent && { readCpu: () => cpuOfChildren(parent) }),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

async function startPostgres() {
  const folder = join(tmpdir(), `entra-graphql-bench-${randomUUID()}`);
  const remove = () => rm(folder, { recursive: true, force: true });
  try {
    const postgres = await startEmbeddedPostgres({ projectFolder: PROJECT, folder });
    const superuserUrl = withDatabaseOf(postgres.superuserUrl, postgres.ownerUrl);
    return { ...postgres, superuserUrl, close: () => postgres.stop().finally(remove) };
  } catch (error) {
    await remove();
    throw error;
  }
}

/** The first login's address, led to the second one's database. */
function withDatabaseOf(url, other) {
  return Object.assign(new URL(url), { pathname: new URL(other).pathname }).href;
}

/** Returns the version and the process that starts one for each connection. Opens a connection to find that process. */
async function askServer(connectionString) {
  const client = new pg.Client({ connectionString });
  await client.connect();
  try {
    const { rows } = await client.query(`select current_setting('server_version') as version, pg_backend_pid() as pid`);
    return { version: rows[0].version, parent: parentOf(rows[0].pid) };
  } finally {
    await client.end();
  }
}
