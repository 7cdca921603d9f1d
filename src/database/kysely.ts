import { createRequire } from 'node:module';
import type * as KyselyPackage from 'kysely';

/**
 * The parts of Kysely in use, from its CommonJS build. As ES modules its 262 files take 8 MB more memory and make the
 * server's start a twentieth longer. Types come from the package itself.
 */
export const { Kysely, PostgresAdapter, PostgresIntrospector, PostgresQueryCompiler, sql }: typeof KyselyPackage =
  createRequire(import.meta.url)('kysely');

/** As the package has it: a query builder over these tables. */
export type Kysely<Tables> = KyselyPackage.Kysely<Tables>;
