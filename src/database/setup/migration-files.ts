import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';

/** One change of the database. It is an SQL file that is applied once in a transaction and never edited afterwards. */
export interface Migration {
  /** `<room>/<file without .sql>`, such as `database/0001-caller`. */
  readonly name: string;
  readonly sql: string;
  /** SHA-256 of the text, hexadecimal. */
  readonly checksum: string;
}

/** A room's SQL files. They are copied to `dist` beside the code, so the address is relative to the code in both. */
export interface MigrationFolder {
  readonly room: string;
  readonly url: URL;
}

/** Migrations that precede those of any resource. They create the functions that return the caller to policies. */
const databaseMigrations: MigrationFolder = { room: 'database', url: new URL('../migrations/', import.meta.url) };

/**
 * Reads the migrations in the order in which they are applied. The database's own come first, then those of each folder by
 * file name.
 */
export async function readMigrations(folders: readonly MigrationFolder[]): Promise<Migration[]> {
  const read = await Promise.all([databaseMigrations, ...folders].map(readFolder));
  return read.flat();
}

async function readFolder({ room, url }: MigrationFolder): Promise<Migration[]> {
  const files = (await readdir(url)).filter((file) => file.endsWith('.sql')).sort();
  return Promise.all(
    files.map(async (file) => {
      const text = await readFile(new URL(file, url), 'utf8');
      // Git may have written the file with other line ends.
      const sql = text.replaceAll('\r\n', '\n');
      const checksum = createHash('sha256').update(sql).digest('hex');
      return { name: `${room}/${file.slice(0, -'.sql'.length)}`, sql, checksum };
    }),
  );
}
