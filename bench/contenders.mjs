import { resolve } from 'node:path';

/**
 * The servers that are measured. Each file of `contenders/` exports `start(settings, environment)`, which listens on a free port of the loopback
 * interface and answers with the address of its GraphQL endpoint; `environment` holds settings of its own.
 *
 * @typedef {{ id: string, name: string, file: string, isSecured: boolean, environment?: Record<string, string>,
 *   part?: string }} Contender `part`: the only part of the benchmark that it is for
 * @type {readonly Contender[]}
 */
export const CONTENDERS = [
  { id: 'a', name: 'Apollo + Fastify, no authorization', file: 'apollo-fastify.mjs', isSecured: false },
  { id: 'b', name: 'Apollo standalone, no authorization', file: 'apollo-standalone.mjs', isSecured: false },
  { id: 'c', name: 'jwks-rsa + jsonwebtoken + graphql-shield', file: 'usual-wiring.mjs', isSecured: true },
  { id: 'd', name: 'Yoga + plugin-jwt + generic-auth', file: 'yoga.mjs', isSecured: true },
  { id: 'e', name: 'Mercurius JIT + fast-jwt cache + mercurius-auth', file: 'mercurius.mjs', isSecured: true },
  {
    id: 'f',
    name: 'entra-graphql, GRAPHQL_COMPILED=off',
    file: 'ours.mjs',
    isSecured: true,
    environment: { GRAPHQL_COMPILED: 'off' },
  },
  { id: 'g', name: 'entra-graphql', file: 'ours.mjs', isSecured: true },
  ...anotherBuild(process.env.BENCH_BEFORE),
  { id: 'h', name: 'floor: the bytes from memory', file: 'floor.mjs', isSecured: false },
  { id: 'i', name: 'node:http + graphql-jit + fast-jwt, checks by hand', file: 'by-hand.mjs', isSecured: true },
  { id: 'u', name: 'entra-graphql without bounds', file: 'ours-without-bounds.mjs', isSecured: true, part: 'bounds' },
];

/** The server that the others are compared with. */
export const BASELINE = 'a';

/** Ours, without compiled queries and as it is by default. */
export const OURS = ['f', 'g'];

/** A build of an earlier commit, so that a change can be compared in one run. */
function anotherBuild(folder) {
  if (!folder) return [];
  const environment = { BENCH_BUILD: resolve(folder) };
  const name = 'entra-graphql, BENCH_BEFORE';
  const build = { file: 'ours.mjs', isSecured: true };
  return [
    {
      ...build,
      id: 'p',
      name: `${name}, GRAPHQL_COMPILED=off`,
      environment: { ...environment, GRAPHQL_COMPILED: 'off' },
    },
    { ...build, id: 'q', name, environment },
  ];
}
