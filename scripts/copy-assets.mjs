// The last step of `npm run build`: what tsc leaves behind (SQL, pages) goes to the same place in the build folder, which is
// `dist` unless another is given, and the command becomes executable.
import { chmodSync, cpSync, statSync } from 'node:fs';

const [target = 'dist'] = process.argv.slice(2);
const COPIED = /\.(js|sql|html|css|svg)$/;
cpSync('src', target, { recursive: true, filter: (path) => statSync(path).isDirectory() || COPIED.test(path) });
chmodSync(`${target}/main.js`, 0o755);
