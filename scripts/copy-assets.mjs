// The last step of `npm run build`: what tsc leaves behind (SQL, pages) goes to the same place in the build folder, which is
// `dist` unless another is given, the explorer is bundled there, and the command becomes executable.
import { chmodSync, cpSync, mkdirSync, statSync, writeFileSync } from 'node:fs';
import { bundleExplorer } from './bundle-explorer.mjs';

const [target = 'dist'] = process.argv.slice(2);
const COPIED = /\.(js|sql|html|css|svg)$/;
const BUNDLED = 'src/explorer/graphiql/app';
cpSync('src', target, {
  recursive: true,
  filter: (path) => path !== BUNDLED && (statSync(path).isDirectory() || COPIED.test(path)),
});
const bundle = `${target}/explorer/graphiql/bundle`;
mkdirSync(bundle, { recursive: true });
for (const [name, content] of await bundleExplorer()) writeFileSync(`${bundle}/${name}`, content);
chmodSync(`${target}/main.js`, 0o755);
