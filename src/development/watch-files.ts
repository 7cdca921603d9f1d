import { type FSWatcher, readdirSync, watch } from 'node:fs';
import { join, relative } from 'node:path';

/** Files that the server is made of. Editors also write files of their own. */
const WATCHED = /\.(?:ts|js|graphql|sql|json|html|css|svg)$/;
/** A save can be several events, and a change of branch hundreds. */
const SETTLE_MS = 100;

/**
 * Calls `onChange` with the name of a file that was changed, created or deleted below one of these folders. Changes that come
 * together make one call. Folders that are created later are watched too.
 *
 * @returns a function that ends it
 */
export function watchFiles(folders: readonly string[], onChange: (file: string) => void): () => void {
  const watchers = new Map<string, FSWatcher>();
  let timer: NodeJS.Timeout | undefined;

  function noteChange(folder: string, name: string | null): void {
    watchNewFolders();
    if (name === null || !WATCHED.test(name)) return;
    timer ??= setTimeout(() => {
      timer = undefined;
      onChange(relative(process.cwd(), join(folder, name)));
    }, SETTLE_MS);
  }

  /** Watches each folder by itself: Node's recursive mode on Linux loses files that an editor replaces. */
  function watchNewFolders(): void {
    for (const folder of folders.flatMap(withSubfolders)) {
      if (watchers.has(folder)) continue;
      const watcher = watch(folder, (_event, name) => noteChange(folder, name));
      const forget = () => {
        watcher.close();
        watchers.delete(folder);
      };
      watchers.set(folder, watcher.on('error', forget));
    }
  }

  watchNewFolders();
  return () => {
    clearTimeout(timer);
    for (const watcher of watchers.values()) watcher.close();
  };
}

/** Returns none for a folder that is gone. */
function withSubfolders(folder: string): string[] {
  try {
    const entries = readdirSync(folder, { withFileTypes: true });
    return [
      folder,
      ...entries.filter((entry) => entry.isDirectory()).flatMap(({ name }) => withSubfolders(join(folder, name))),
    ];
  } catch {
    return [];
  }
}
