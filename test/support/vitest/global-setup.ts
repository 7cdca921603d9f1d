import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { migrate } from '../../../src/database/setup/migrate.js';
import { startEmbeddedPostgres } from '../../../src/development/postgres/embedded-postgres.js';
import { expensesMigrations } from '../../../src/expenses/migration-folder.js';
import { seed } from '../../../src/expenses/sample-data/seed.js';
import { buildProject } from '../built-project.js';

/** The address of the tests' PostgreSQL. Every test file makes a database of its own from the template. */
export interface TestPostgres {
  readonly superuserUrl: string;
  readonly ownerUrl: string;
  readonly runtimeUrl: string;
}

declare module 'vitest' {
  export interface ProvidedContext {
    postgres: TestPostgres;
    /** The folder of the built project. */
    builtProject: string;
  }
}

/**
 * Builds the project and starts one PostgreSQL for the whole run, with migrations and sample data in the template. Removes
 * both at the end.
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const built = await mkdtemp(join(tmpdir(), 'entra-graphql-built-'));
  const folder = join(tmpdir(), `entra-graphql-test-${randomUUID()}`);
  const building = buildProject(built);
  const starting = startEmbeddedPostgres({ projectFolder: process.cwd(), folder, durable: false });
  const tearDown = async () => {
    await starting.then((postgres) => postgres.stop()).catch(() => undefined);
    for (const made of [folder, built]) await rm(made, { recursive: true, force: true });
  };
  try {
    const [{ superuserUrl, ownerUrl, runtimeUrl }] = await Promise.all([starting, building]);
    await migrate({ migrationUrl: ownerUrl, runtimeUrl, folders: [expensesMigrations] });
    await seed(ownerUrl);
    project.provide('postgres', { superuserUrl, ownerUrl, runtimeUrl });
    project.provide('builtProject', built);
    return tearDown;
  } catch (error) {
    await building.catch(() => undefined);
    await tearDown();
    throw error;
  }
}
