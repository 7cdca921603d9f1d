import { resolve } from 'node:path';

/**
 * The servers that are measured over PostgreSQL: same tables, rows and answers. Each file exports `start(settings,
 * environment)` as those of `contenders/` do, and gets the run-time login's address as `DATABASE_URL`.
 *
 * @typedef {{ id: string, name: string, file: string, environment?: Record<string, string>, database?: 'superuser',
 *   schema?: 'postgraphile', node?: number, hasReport?: boolean, hasSubmit?: boolean }} DatabaseContender `node`: the version that it
 *   needs at least. The requests that it does not answer are false
 * @type {readonly DatabaseContender[]}
 */
export const DATABASE_CONTENDERS = [
  {
    id: 'f',
    name: 'entra-graphql, GRAPHQL_COMPILED=off',
    file: 'sample-server.mjs',
    environment: { GRAPHQL_COMPILED: 'off' },
  },
  { id: 'g', name: 'entra-graphql', file: 'sample-server.mjs' },
  ...anotherBuild(process.env.BENCH_BEFORE),
  {
    id: 'm',
    name: 'Mercurius JIT, pg by hand, loaders, fast-jwt cache',
    file: 'mercurius-server.mjs',
    hasSubmit: false,
  },
  {
    id: 't',
    name: 'PostGraphile, claims as settings, fast-jwt cache',
    file: 'postgraphile-server.mjs',
    schema: 'postgraphile',
    node: 24,
  },
  { id: 'r', name: 'prototype: node:http, pg with named statements, no GraphQL', file: 'prototype-server.mjs' },
  {
    id: 's',
    name: 'the same, without row-level security',
    file: 'prototype-server.mjs',
    environment: { PROTOTYPE_UNPROTECTED: 'yes' },
    database: 'superuser',
    hasReport: false,
    hasSubmit: false,
  },
];

/** A build of an earlier commit, so that a change can be compared in one run. */
function anotherBuild(folder) {
  if (!folder) return [];
  return [
    {
      id: 'p',
      name: 'entra-graphql, BENCH_BEFORE',
      file: 'sample-server.mjs',
      environment: { BENCH_BUILD: resolve(folder) },
    },
  ];
}
