/** @typedef {{ title: string, head: string[], rows: string[][] }} Table */

/**
 * Tables for a terminal.
 *
 * @param {readonly Table[]} tables
 */
export function toText(tables) {
  return tables.map(({ title, head, rows }) => `${title}\n${align([head, ...rows])}\n`).join('\n');
}

/**
 * Tables for a page, each under a line that says what it shows.
 *
 * @param {readonly Table[]} tables
 */
export function toMarkdown(tables) {
  return tables.map(({ title, head, rows }) => `**${title}**\n\n${markdownTable(head, rows)}\n`).join('\n');
}

function align(rows) {
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  return rows
    .map((row) => row.map((cell, column) => pad(cell, widths[column], column)).join('  '))
    .map((line) => `  ${line}`.trimEnd())
    .join('\n');
}

function pad(cell, width, column) {
  return column === 0 ? cell.padEnd(width) : cell.padStart(width);
}

function markdownTable(head, rows) {
  const rule = head.map((_, column) => (column === 0 ? '---' : '--:'));
  return [head, rule, ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n');
}
