import { createRequire } from 'node:module';

// The program that is named first, and in the end a line that says whether the graphql-js it loaded runs its checks for
// developers.
const require = createRequire(import.meta.url);
const path = require.resolve('graphql/jsutils/instanceOf.js');

process.on('exit', () => {
  const loaded = require.cache[path]?.exports;
  process.stdout.write(`graphql-js: ${loaded ? checksOf(loaded.instanceOf) : 'not loaded'}\n`);
});

/** In production an object of another class with the same tag is just another one; else it is an error. */
function checksOf(instanceOf) {
  try {
    return instanceOf(new (tagged())(), tagged()) ? 'no answer' : 'production';
  } catch {
    return 'development';
  }
}

function tagged() {
  return class {
    get [Symbol.toStringTag]() {
      return 'Same';
    }
  };
}

const [main] = process.argv.splice(2, 1);
await import(main);
