import { toMarkdown } from './render-tables.mjs';
import { requestTables, tablesOf } from './tables.mjs';

const START = '<!-- bench: start -->';
const END = '<!-- bench: end -->';

/** The figures of a run on each page of `docs/` that shows them. */
export const FIGURES = { 'performance.md': summaryOf, 'performance-how-found.md': everyTableOf };

/**
 * Puts a run's figures between the markers of a page and leaves the rest as it is.
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

/** Three charts and a table for readers who want to know what it costs. */
function summaryOf(results) {
  const [table] = requestTables(results).filter(({ title }) => title.startsWith('CPU time'));
  return `${describeMachine(results)}

![Server CPU time compared with Apollo Server without authorization](performance.svg)

${toMarkdown([table])}
![CPU time of one token](performance-tokens.svg)

![Growth of authorization](performance-growth.svg)
`;
}

function everyTableOf(results) {
  return `${describeRun(results)}\n\n${toMarkdown(tablesOf(results))}`;
}

function describeMachine({ date, commit, machine }) {
  const built = commit ? ` of commit ${commit}` : '';
  return `All figures are of one run${built} on ${date.slice(0, 10)}: ${machine.cpu}, ${machine.cores} cores, Node ${machine.node}.`;
}

/** Returns a paragraph about the machine and the versions behind the figures. */
export function describeRun({ date, commit, machine, versions, options, tokenBytes, tokens, memory }) {
  const counts = options.sizes.map((n) => `${options.requests[n]} for ${n}`).join(', ');
  const list = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
  return [
    `Measured ${date.slice(0, 10)}${commit ? `, commit ${commit},` : ''} on ${machine.cpu}, ${machine.cores} cores, ${machine.memoryGigabytes} GB, ${machine.system},`,
    `Node ${machine.node}, OpenSSL ${machine.openssl};`,
    machine.isPinned ? 'servers on one core, client on another.' : 'NOT pinned to cores.',
    `${memory.length} contenders, rounds: ${options.rounds}, requests in a round by number of items: ${counts}.`,
    `Access tokens of ${tokenBytes} bytes, RSA-2048. PyJWT: ${tokens.pyJwt}.`,
    `Versions: ${list.join(', ')}.`,
  ].join(' ');
}
