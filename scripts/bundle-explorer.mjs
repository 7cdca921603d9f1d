// Bundles the explorer (GraphiQL) with everything that it needs, so that nothing is left to load from elsewhere.
// `npm run build` writes the files into the build folder. In a working copy the server calls this at the first visit.
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, stop } from 'esbuild';

const FOLDER = join(dirname(fileURLToPath(import.meta.url)), '../src/explorer/graphiql/app/');
const { resolve } = createRequire(import.meta.url);

/** Returns the files by name, such as `main.js`. */
export async function bundleExplorer() {
  try {
    const { outputFiles } = await build({
      entryPoints: {
        main: join(FOLDER, 'main.jsx'),
        'signed-in': join(FOLDER, 'signed-in.js'),
        'entra-client': join(FOLDER, 'entra-client.js'),
        'editor.worker': resolve('monaco-editor/esm/vs/editor/editor.worker.js'),
        'json.worker': resolve('monaco-editor/esm/vs/language/json/json.worker.js'),
        'graphql.worker': resolve('monaco-graphql/esm/graphql.worker.js'),
      },
      outdir: FOLDER,
      bundle: true,
      write: false,
      minify: true,
      format: 'iife',
      platform: 'browser',
      target: 'es2022',
      jsx: 'automatic',
      define: { 'process.env.NODE_ENV': '"production"' },
      loader: { '.ttf': 'dataurl', '.woff': 'dataurl', '.woff2': 'dataurl', '.svg': 'dataurl' },
      logLevel: 'silent',
    });
    return new Map(outputFiles.map(({ path, contents }) => [path.slice(FOLDER.length), contents]));
  } finally {
    await stop();
  }
}
