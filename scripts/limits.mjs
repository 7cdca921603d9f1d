// Writes docs/limits.md from the table of limits and those of resources. With --check it writes nothing and fails when the
// file is not up to date. Run with tsx: the tables are TypeScript.
import { existsSync, readdirSync } from 'node:fs';
import { failureCatalogue } from '../src/authentication/refusals/failure-catalogue.ts';
import { followedSettings, LIMITS, limitSetting } from '../src/config/limits.ts';
import { ERROR_CODES } from '../src/graphql/error-codes.ts';
import { generatePage, tableRow } from './generated-page.mjs';

const FILE = 'docs/limits.md';

/** Folders whose limits are in the table of the server. Every other folder with a `limits.ts` is a resource. */
const ROOMS_OF_SERVER = ['config', 'authentication', 'authorization', 'downstream', 'redis'];

const rows = Object.entries(LIMITS);
const settable = rows.filter(([name]) => limitSetting(name));
const fixed = rows.filter(([name]) => !limitSetting(name));

const SETTABLE_HEAD = `| setting | default | from, to | bounds | beyond it | reason |
|---|---|---|---|---|---|`;

const FIXED_HEAD = `| name | value | bounds | beyond it | reason |
|---|---|---|---|---|`;

const resources = await resourceTables();
const allRows = [...rows, ...resources.flatMap(([, limits]) => limits)];
const beyond = allRows.map(([, limit]) => limit.beyond).join();
const named = (codes) => joined(codes.filter((code) => beyond.includes(`\`${code}\``)));
const CODES_WITH_LIMIT = ['LIMIT_EXCEEDED', 'RATE_LIMITED', 'SERVICE_UNAVAILABLE'];
const otherCodes = named(Object.keys(ERROR_CODES).filter((code) => !CODES_WITH_LIMIT.includes(code)));
const tokenCodes = named(Object.keys(failureCatalogue));

const text = `# Limits

Every bound of the server. "Beyond it" says what happens then.

An error with \`extensions.limit\` has the bound's name there, its maximum and the amount that the request asked for. If a setting
raises the bound further, its name is there too, unless \`AUTHORIZATION_HINTS=off\`. The code is \`LIMIT_EXCEEDED\` (the request asks
for too much: 400, 408, 413, 414, 431 and 504), \`RATE_LIMITED\` (too often, or too much at once: 429) or \`SERVICE_UNAVAILABLE\` (the
server has no room: 503).

Other errors have no \`extensions.limit\`. "Beyond it" names their codes: ${otherCodes}, and
\`SERVICE_UNAVAILABLE\` where another service did not answer. A refused access token gets 401 \`UNAUTHENTICATED\`, and the log has its
code: ${tokenCodes}.

Generated from \`src/config/limits.ts\` and the \`limits.ts\` of other rooms by \`npm run limits\`.

## Change a limit

- **A bound of the table "Settings"**: set its variable, as in \`LIMIT_OPERATION_COST=5000\`, and restart. To change its default for
  everybody, change \`default\` of its row, in one of the files that are named below.
- **A bound of the table "Fixed"** has no variable. In a fork, change \`default\` of its row. The row is in \`src/config/limits.ts\` or in one
  of ${roomFiles(ROOMS_OF_SERVER.filter((room) => room !== 'config'))}.
- **A bound of a resource** is in the \`limits.ts\` of the resource.

The name of a variable is \`LIMIT_\` and the name of the row in capitals: \`operationCost\` is \`LIMIT_OPERATION_COST\`. A
few bounds stand in the schema or in a migration too, so search both for the old number. After a change of a row, run \`npm run limits\`, which writes this page. Then run \`npx vitest run test/config\`.

Two bounds are settings with names of their own, so they are in [configuration](configuration.md) and not here:
\`RATE_LIMIT_FAILURES_PER_MINUTE\` (refused tokens from one address in a minute) and \`DATABASE_POOL_SIZE\` (database connections of
one server).

## Settings

They depend on your API and its clients: on the size of requests and answers, on how many clients there are, and on how much one
caller may do.

${SETTABLE_HEAD}
${settable.map(settableRow).join('\n')}

## Fixed

They have no variable, and their reason says why. Some grow with a setting. Example: if \`LIMIT_DOCUMENT_BYTES\` is twice its default,
\`documentTokens\` is 8 000 and not 4 000. It never exceeds 50 000 ("up to"), and a smaller setting does not make it smaller. If
several settings are named, the one that is raised most decides. An error names the first of them that raises the bound further.
Caches (\`…CacheBytes\`, \`downstreamTokenBytes\`) have these sizes with 512 MiB of heap (\`--max-old-space-size\`) or more, and the same share
of a smaller one. All together may take 35 % of it.

${FIXED_HEAD}
${fixed.map(fixedRow).join('\n')}
${resources.map(resourceSection).join('')}`;

generatePage(FILE, text, 'npm run limits');

/** Names the files with the bounds of rooms. */
function roomFiles(rooms) {
  return joined(rooms.map((room) => `src/${room}/limits.ts`));
}

function amount({ default: value, unit }) {
  return `${value} ${unit.replace(/,$/, '')}`;
}

/** Returns the value of a fixed bound and, if it follows settings, how. */
function fixedAmount([name, { grows, partOf, ...limit }]) {
  if (!grows && !partOf) return amount(limit);
  const settings = followedSettings(name)
    .map((setting) => `\`${setting}\``)
    .join(' or ');
  return grows
    ? `${amount(limit)}, up to ${grows.to} with ${settings}`
    : `${amount(limit)}, always the same part of ${settings}`;
}

function settableRow([name, limit]) {
  const { range, of, beyond, reason } = limit;
  return tableRow([`\`${limitSetting(name)}\``, amount(limit), range.join(', '), of, beyond, reason]);
}

function fixedRow([name, limit]) {
  return tableRow([`\`${name}\``, fixedAmount([name, limit]), limit.of, limit.beyond, limit.reason]);
}

/** Returns the name and the bounds of each resource that has some of its own. */
async function resourceTables() {
  const rooms = readdirSync('src').filter(
    (room) => !ROOMS_OF_SERVER.includes(room) && existsSync(`src/${room}/limits.ts`),
  );
  return Promise.all(
    rooms.map(async (room) => {
      const tables = Object.values(await import(`../src/${room}/limits.ts`));
      return [room, tables.flatMap((table) => Object.entries(table))];
    }),
  );
}

function resourceSection([room, limits]) {
  return `\n## Of the resource \`src/${room}/\`\n\n${FIXED_HEAD}\n${limits.map(fixedRow).join('\n')}\n`;
}

/** Joins codes or files: \`A\`, \`B\` and \`C\`. */
function joined(codes) {
  return codes
    .map((code) => `\`${code}\``)
    .join(', ')
    .replace(/, ([^,]*)$/, ' and $1');
}
