import { readFileSync, writeFileSync } from 'node:fs';

/** Writes a page. With --check, writes nothing and fails when the page is not up to date. */
export function generatePage(file, text, command) {
  if (!process.argv.includes('--check')) {
    writeFileSync(file, text);
  } else if (readFileSync(file, 'utf8') !== text) {
    console.error(`${file} is not up to date: ${command}`);
    process.exitCode = 1;
  }
}

/** Returns a row of a Markdown table. A `|` inside a cell would end it, also within code. */
export function tableRow(cells) {
  return `| ${cells.map((cell) => String(cell).replaceAll('|', '\\|')).join(' | ')} |`;
}
