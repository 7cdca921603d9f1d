// Writes docs/configuration.md from the settings of the server. With --check it writes nothing and fails when the file is not
// up to date. Run with tsx: the settings are TypeScript.
import { migrationShape, SETTING_NAMES, settings } from '../src/config/settings.ts';
import { generatePage, tableRow } from './generated-page.mjs';

const FILE = 'docs/configuration.md';

const production = { ...migrationShape, ...settings('production').shape };
const development = { ...migrationShape, ...settings('development').shape };

const text = `# Configuration

The server reads environment variables, and a file \`.env\` if there is one. \`npm run dev\` needs none of them. A missing or bad
value stops the start with one line for each setting. An empty value counts as no value, except for
\`ENTRA_ALLOWED_CLIENTS\` and \`ENTRA_REQUIRED_CLAIMS\`.

Bounds have settings of their own, which begin with \`LIMIT_\`: see [limits](limits.md).

Generated from \`src/config/settings.ts\` by \`npm run configuration\`.

| setting | meaning | default |
|---|---|---|
${SETTING_NAMES.map((name) => tableRow([`\`${name}\``, production[name].meta().description, defaultOf(name)])).join('\n')}
`;

generatePage(FILE, text, 'npm run configuration');

function defaultOf(name) {
  const { absent } = production[name].meta();
  if (absent) return absent;
  const [value, whileDeveloping] = [production, development].map((shape) => shape[name].safeParse(undefined).data);
  if (value === undefined) return name === 'DATABASE_MIGRATION_URL' ? 'required by `npm run migrate`' : 'required';
  return value === whileDeveloping ? `\`${value}\`` : `\`${value}\` (\`npm run dev\`: \`${whileDeveloping}\`)`;
}
