// The last step of `npm run build`: what tsc leaves behind (SQL, pages) goes to the same place in dist, and the command
// becomes executable.
import { chmodSync, cpSync, statSync } from 'node:fs';

const COPIED = /\.(sql|html|css|svg)$/;
cpSync('src', 'dist', { recursive: true, filter: (path) => statSync(path).isDirectory() || COPIED.test(path) });
chmodSync('dist/main.js', 0o755);
