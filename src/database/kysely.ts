import { createRequire } from 'node:module';
import type * as KyselyPackage from 'kysely';

/**
 * What is used of Kysely, from its CommonJS build: as ES modules its 262 files take 8 MB of memory and a twentieth of the
 * server's start more. Types come from the package itself.
 */
export const { Kysely, PostgresAdapter, PostgresIntrospector, PostgresQueryCompiler, sql }: typeof KyselyPackage =
  createRequire(import.meta.url)('kysely');

/** As the package has it: a query builder over these tables. */
export type Kysely<Tables> = KyselyPackage.Kysely<Tables>;
