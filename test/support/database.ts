import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { inject } from 'vitest';

/** A database with all migrations and the sample data, for one test file alone. */
export interface TestDatabase {
  /** As `DATABASE_URL`: the run-time login. */
  readonly runtimeUrl: string;
  /** As `DATABASE_MIGRATION_URL`: owns the tables, and is bound by row-level security like everybody else. */
  readonly ownerUrl: string;
  /** Not bound by anything: for arranging and inspecting rows. */
  readonly superuserUrl: string;
  drop(): Promise<void>;
}

/** Copies the template that `global-setup.ts` made. */
export function createTestDatabase(): Promise<TestDatabase> {
  return createDatabase(`template ${databaseOf(inject('postgres').ownerUrl)} strategy file_copy`);
}

/** A database with nothing in it. The run-time login exists. */
export function createEmptyDatabase(): Promise<TestDatabase> {
  return createDatabase('template template0');
}

/** Connects as the superuser: for arranging and inspecting what no caller can. */
export async function openSuperuser({ superuserUrl }: Pick<TestDatabase, 'superuserUrl'>): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: superuserUrl });
  await client.connect();
  return client;
}

async function createDatabase(options: string): Promise<TestDatabase> {
  const { ownerUrl, runtimeUrl, superuserUrl } = inject('postgres');
  const name = `test_${randomUUID().replaceAll('-', '')}`;
  await runAsSuperuser(`create database ${name} owner ${new URL(ownerUrl).username} ${options}`);
  // A copy does not have the template's rights on the database.
  await runAsSuperuser(`revoke temporary on database ${name} from public`);
  return {
    runtimeUrl: withDatabase(runtimeUrl, name),
    ownerUrl: withDatabase(ownerUrl, name),
    superuserUrl: withDatabase(superuserUrl, name),
    drop: () => runAsSuperuser(`drop database if exists ${name} with (force)`),
  };
}

async function runAsSuperuser(statement: string): Promise<void> {
  const client = await openSuperuser(inject('postgres'));
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}

function databaseOf(url: string): string {
  return new URL(url).pathname.slice(1);
}

function withDatabase(url: string, name: string): string {
  const changed = new URL(url);
  changed.pathname = `/${name}`;
  return changed.href;
}
