import { toMarkdown } from './render-tables.mjs';
import { tablesOf } from './tables.mjs';

const START = '<!-- bench: start -->';
const END = '<!-- bench: end -->';

/**
 * Puts a run's figures between the markers of a page and leaves the rest as it is.
 *
 * @param {string} page Markdown
 * @throws Error when the page has no such markers
 */
export function fillPage(page, results) {
  const start = page.indexOf(START);
  const end = page.indexOf(END);
  if (start === -1 || end < start) throw new Error(`the page has no "${START}" followed by "${END}"`);
  return `${page.slice(0, start + START.length)}\n\n${figures(results)}\n${page.slice(end)}`;
}

function figures(results) {
  return `![Server CPU time compared with Apollo Server without authorization](performance.svg)

${describeRun(results)}

${toMarkdown(tablesOf(results))}
![Growth of authorization](performance-growth.svg)
`;
}

/** What the figures depend on, in a paragraph. */
export function describeRun({ date, machine, versions, options, tokenBytes, tokens, memory }) {
  const counts = options.sizes.map((n) => `${options.requests[n]} for ${n}`).join(', ');
  const list = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
  return [
    `Measured ${date.slice(0, 10)} on ${machine.cpu}, ${machine.cores} cores, ${machine.memoryGigabytes} GB, ${machine.system},`,
    `Node ${machine.node}, OpenSSL ${machine.openssl};`,
    machine.isPinned ? 'servers on one core, client on another.' : 'NOT pinned to cores.',
    `${memory.length} contenders, rounds: ${options.rounds}, requests in a round by number of items: ${counts}.`,
    `Access tokens of ${tokenBytes} bytes, RSA-2048. PyJWT: ${tokens.pyJwt}.`,
    `Versions: ${list.join(', ')}.`,
  ].join(' ');
}
