import { existsSync, readdirSync, readFileSync } from 'node:fs';

/** Files of the explorer by name, such as `main.js`. */
export type ExplorerFiles = ReadonlyMap<string, Buffer>;

/** The build puts the files there. */
const BUILT = new URL('bundle/', import.meta.url);
/** Bundles the files in a working copy, which has the packages for it. */
const BUNDLER = new URL('../../../scripts/bundle-explorer.mjs', import.meta.url);

/** Returns the files that the build has made. In a working copy that was not built they are made now, which takes seconds. */
export async function readExplorerFiles(): Promise<ExplorerFiles> {
  if (existsSync(BUILT)) return new Map(readdirSync(BUILT).map((name) => [name, readFileSync(new URL(name, BUILT))]));
  const { bundleExplorer }: { bundleExplorer(): Promise<ReadonlyMap<string, Uint8Array>> } = await import(BUNDLER.href);
  return new Map([...(await bundleExplorer())].map(([name, bytes]) => [name, Buffer.from(bytes)]));
}
