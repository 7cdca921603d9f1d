import { execFileSync } from 'node:child_process';
import { EmbeddedPostgresError } from './embedded-postgres-error.js';

/** The operating system's user that a program is started as. */
export interface ServerUser {
  readonly uid: number;
  readonly gid: number;
}

const CANDIDATES = ['postgres', 'nobody'];

/**
 * Returns the user that PostgreSQL has to run as. Undefined: our own. PostgreSQL refuses to run as root. So for root it is
 * the machine's `postgres` or `nobody`, because initdb needs a user with a name.
 *
 * @throws EmbeddedPostgresError when we are root and the machine knows neither
 */
export function findServerUser(): ServerUser | undefined {
  if (process.getuid?.() !== 0) return undefined;
  for (const name of CANDIDATES) {
    const user = { uid: numberOf('-u', name), gid: numberOf('-g', name) };
    if (user.uid > 0 && user.gid > 0) return user;
  }
  throw new EmbeddedPostgresError(
    'PostgreSQL does not run as root, and this machine has no user "postgres" or "nobody" to run it as. Run this command as another user.',
  );
}

function numberOf(option: '-u' | '-g', name: string): number {
  try {
    return Number.parseInt(execFileSync('id', [option, name], { encoding: 'utf8', stdio: 'pipe' }), 10);
  } catch {
    return Number.NaN;
  }
}
