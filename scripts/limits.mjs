// Writes docs/limits.md from the table of limits. With --check it writes nothing and fails when the file is not up to date.
// Run with tsx: the table is TypeScript.
import { readFileSync, writeFileSync } from 'node:fs';
import { LIMITS, limitSetting } from '../src/config/limits.ts';

const FILE = 'docs/limits.md';

const rows = Object.entries(LIMITS);
const settable = rows.filter(([name]) => limitSetting(name));
const fixed = rows.filter(([name]) => !limitSetting(name));

const text = `# Limits

Every bound of the server. An error of a bound has the code \`LIMIT_EXCEEDED\`, \`RATE_LIMITED\` or \`SERVICE_UNAVAILABLE\`, and
\`extensions.limit\` with the bound's name, its maximum and the amount that the request asked for. The name of the setting is
there too, unless \`AUTHORIZATION_HINTS=off\`.

Generated from \`src/config/limits.ts\` by \`npm run limits\`.

## Settings

| setting | default | from, to | bounds | beyond it | reason |
|---|---|---|---|---|---|
${settable.map(([name, limit]) => `| \`${limitSetting(name)}\` | ${amount(limit)} | ${limit.range.join(', ')} | ${limit.of} | ${limit.beyond} | ${limit.reason} |`).join('\n')}

## Fixed

| name | value | bounds | beyond it | reason |
|---|---|---|---|---|
${fixed.map(([name, limit]) => `| \`${name}\` | ${amount(limit)} | ${limit.of} | ${limit.beyond} | ${limit.reason} |`).join('\n')}
`;

if (!process.argv.includes('--check')) {
  writeFileSync(FILE, text);
} else if (readFileSync(FILE, 'utf8') !== text) {
  console.error(`${FILE} is not up to date: npm run limits`);
  process.exitCode = 1;
}

function amount({ default: value, unit }) {
  return `${value} ${unit}`;
}
