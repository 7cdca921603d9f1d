import { LOOPBACK_HOSTS } from '../authentication/loopback.js';
import type { Contradiction, FindContradictions } from './contradictions.js';
import { isVerified } from './tls-mode.js';

/** Settings of the database, of the server or of `npm run migrate`. */
interface DatabaseSettings {
  readonly DATABASE_AUTH: 'password' | 'entra';
  readonly DATABASE_URL: string;
  readonly DATABASE_LISTEN_URL?: string | undefined;
  readonly DATABASE_MIGRATION_URL?: string | undefined;
}

const ADDRESSES = ['DATABASE_URL', 'DATABASE_LISTEN_URL', 'DATABASE_MIGRATION_URL'] as const;

/**
 * Finds addresses that do not fit access tokens as passwords. Azure Database for PostgreSQL asks for the token as it is. A
 * server in its place could use it.
 */
export const findDatabaseContradictions: FindContradictions<DatabaseSettings> = (values) => {
  if (values.DATABASE_AUTH !== 'entra') return [];
  return ADDRESSES.flatMap((name): readonly Contradiction[] => {
    const url = values[name];
    if (url === undefined) return [];
    if (hasPassword(url)) return [{ name, expected: `an address without a password, ${BECAUSE}` }];
    if (isVerified(url) || isLoopback(url)) return [];
    return [
      { name, expected: `sslmode=verify-full in the address, ${BECAUSE} and the token must reach no other server` },
    ];
  });
};

const BECAUSE = 'because DATABASE_AUTH is "entra"';

function hasPassword(url: string): boolean {
  const { password, searchParams } = new URL(url);
  return password !== '' || searchParams.has('password');
}

/** The driver prefers a host among the parameters. */
function isLoopback(url: string): boolean {
  const { hostname, searchParams } = new URL(url);
  return LOOPBACK_HOSTS.includes(hostname) && !searchParams.has('host');
}
