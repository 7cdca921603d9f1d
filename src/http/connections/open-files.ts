import { readFileSync } from 'node:fs';
import type { Limits } from '../../config/limits.js';

/** Returns the number of files that this process may have open. Only Linux says it. */
export function readFileLimit(path = '/proc/self/limits'): number | undefined {
  try {
    const [, files] = /^Max open files +(\d+)/m.exec(readFileSync(path, 'utf8')) ?? [];
    return files === undefined ? undefined : Number(files);
  } catch {
    return undefined;
  }
}

/**
 * Returns the number of connections for which there are files. Without a reserve, silent connections would take them all, and
 * the server could neither accept others nor reach its database.
 *
 * @param files that this process may have open. Undefined if it is not known
 * @param poolSize connections to the database
 */
export function connectionsWithin(
  files: number | undefined,
  poolSize: number,
  { connections, reservedFiles }: Pick<Limits, 'connections' | 'reservedFiles'>,
): number {
  return files === undefined ? connections : Math.min(connections, Math.max(10, files - reservedFiles - poolSize));
}
