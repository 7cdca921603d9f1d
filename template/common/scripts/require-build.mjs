// Before `npm start` and `npm run migrate`, which run what `npm run build` made.
import { existsSync } from 'node:fs';

if (!existsSync('dist/main.js')) {
  console.error('Not built yet: run "npm run build" first.');
  process.exitCode = 1;
}
