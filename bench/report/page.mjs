import { PARTS } from '../parts.mjs';
import { TABLES } from './part-tables.mjs';
import { toMarkdown } from './tables/render-tables.mjs';
import { requestTables } from './tables/request-tables.mjs';
import { sizingTable } from './tables/sizing-table.mjs';

const START = '<!-- bench: start -->';
const END = '<!-- bench: end -->';

/** The figures of the parts on each page of `docs/` that shows them. */
export const FIGURES = {
  'performance.md': summaryOf,
  'performance-how-found.md': everyTableOf,
  'operating.md': ({ parts }) => toMarkdown([sizingTable(parts)]),
};

/**
 * Puts figures between the markers of a page and leaves the rest as it is.
 *
 * @param {string} page Markdown
 * @param {string} figures Markdown
 * @throws Error when the page has no such markers
 */
export function fillPage(page, figures) {
  const start = page.indexOf(START);
  const end = page.indexOf(END);
  if (start === -1 || end < start) throw new Error(`the page has no "${START}" followed by "${END}"`);
  return `${page.slice(0, start + START.length)}\n\n${figures}\n${page.slice(end)}`;
}

/** Three charts and a table for readers who want to know what it costs, with the runs of these and of what the text cites. */
function summaryOf({ parts: { known, tokens, authorization, database, scale } }) {
  const [table] = requestTables(known).filter(({ title }) => title.startsWith('CPU time'));
  return `Chart and table: ${describeMachine(known)}

![Server CPU time compared with Apollo Server without authorization](performance.svg)

${toMarkdown([table])}
Tokens: ${describeMachine(tokens)}

![CPU time of one token](performance-tokens.svg)

Growth: ${describeMachine(authorization)}

![Growth of authorization](performance-growth.svg)

${database ? `PostgreSQL: ${describeMachine({ ...database, node: `v${database.options.databaseNode}` })}\n` : ''}
${scale ? `Rows, subscriptions and processes: ${describeMachine(scale)}\n` : ''}`;
}

function everyTableOf(results) {
  return sectionsOf(results)
    .map(({ title, run, tables }) => `### ${title}\n\n${run}\n\n${toMarkdown(tables)}`)
    .join('\n');
}

/** Returns title, description of the run and tables of each measured part. */
export function sectionsOf({ parts }) {
  return Object.entries(PARTS)
    .filter(([id]) => parts[id])
    .map(([id, title]) => ({ title, run: describeRun(parts[id]), tables: TABLES[id](parts[id]) }));
}

function describeMachine({ date, commit, machine, load, node = machine.node }) {
  const built = commit ? ` of commit ${commit}` : '';
  return `one run${built} on ${date.slice(0, 10)}, ${machine.cpu}, ${machine.cores} cores, Node ${node}${describeLoad(load)}.`;
}

/** Says how many requests a turn has. Runs before turns had a time had these numbers. */
function describeTurn({ turn }, counts) {
  if (!turn) return `Requests in a round by number of items: ${counts}.`;
  return `A turn is ${turn.measured} s of CPU time after ${turn.before} s that do not count, and by number of items at least this many requests: ${counts}.`;
}

/** Says how busy the machine was with this and with other work. */
function describeLoad(load) {
  return load === undefined ? '' : `, load ${load.toFixed(1)}`;
}

/** Returns a paragraph about the machine and the versions behind the figures of a part. */
function describeRun({ date, commit, machine, load, versions, options, tokenBytes, tokens, requests, problems }) {
  const list = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
  const counts = options.sizes.map((n) => `${options.requests[n]} for ${n}`).join(', ');
  return [
    `Measured ${date.slice(0, 10)}${commit ? `, commit ${commit},` : ''} on ${machine.cpu}, ${machine.cores} cores, ${machine.memoryGigabytes} GB, ${machine.system},`,
    `Node ${machine.node}, OpenSSL ${machine.openssl}${describeLoad(load)};`,
    machine.isPinned ? 'servers on one core, client on another.' : 'NOT pinned to cores.',
    `Rounds: ${options.rounds}.`,
    ...(requests ? [describeTurn(options, counts)] : []),
    ...(tokenBytes ? [`Access tokens of ${tokenBytes} bytes, RSA-2048.`] : []),
    ...(tokens ? [`PyJWT: ${tokens.pyJwt}.`] : []),
    ...(requests || tokens ? [`Versions: ${list.join(', ')}.`] : []),
    ...problems.map((problem) => `Left out: ${problem}.`),
  ].join(' ');
}
