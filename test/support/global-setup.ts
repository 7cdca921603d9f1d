import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { migrate } from '../../src/database/setup/migrate.js';
import { startEmbeddedPostgres } from '../../src/development/postgres/embedded-postgres.js';
import { expensesMigrations } from '../../src/expenses/migration-folder.js';
import { seed } from '../../src/expenses/sample-data/seed.js';

/** Where the tests' PostgreSQL is. Every test file makes a database of its own from the template. */
export interface TestPostgres {
  readonly superuserUrl: string;
  readonly ownerUrl: string;
  readonly runtimeUrl: string;
}

declare module 'vitest' {
  export interface ProvidedContext {
    postgres: TestPostgres;
  }
}

/** Starts one PostgreSQL for the whole run, with migrations and sample data in the template; stops it at the end. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const folder = join(tmpdir(), `entra-graphql-test-${randomUUID()}`);
  const postgres = await startEmbeddedPostgres({ projectFolder: process.cwd(), folder, durable: false });
  const { superuserUrl, ownerUrl, runtimeUrl } = postgres;
  const stop = async () => {
    await postgres.stop();
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await migrate({ migrationUrl: ownerUrl, runtimeUrl, folders: [expensesMigrations] });
    await seed(ownerUrl);
    project.provide('postgres', { superuserUrl, ownerUrl, runtimeUrl });
    return stop;
  } catch (error) {
    await stop();
    throw error;
  }
}
