import { defaultLimits, type Limits } from '../../config/limits.js';
import { withinTime } from '../../values/within-time.js';
import { DatabaseIdentityError } from '../database-errors.js';
import { loadHostIdentity, type TokenCredential, toIdentityError } from './azure-identity.js';

/** As `DATABASE_AUTH`: how the server logs in to the database. */
export type DatabaseAuth = 'password' | 'entra';

/** Returns the password of a new connection. */
export type DatabasePassword = () => Promise<string>;

export interface EntraPasswordOptions {
  /** As `DATABASE_URL`. */
  readonly url: string;
  readonly limits?: Pick<Limits, 'databaseTokenSeconds'> | undefined;
  /** Called when a token cannot be renewed while the old one is still good. */
  readonly onFailure?: ((error: unknown) => void) | undefined;
  /** Loads the identity that asks for tokens. Default: that of this host. */
  readonly loadIdentity?: (() => Promise<TokenCredential>) | undefined;
  /** The clock, in milliseconds since 1970. Default `Date.now`. */
  readonly now?: (() => number) | undefined;
}

/** Microsoft's libraries keep a token until then, and ask for no new one earlier. */
const RENEW_BEFORE_MS = 5 * 60_000;
/** Longest time for a token to travel to PostgreSQL, which may have another clock. */
const LAST_USE_MS = 30_000;

/**
 * Creates passwords that are access tokens of Microsoft Entra ID, as Azure Database for PostgreSQL takes them. One token
 * serves all connections. It is renewed in its last five minutes, by one request at a time, while connections still get the
 * old one.
 */
export function createEntraPassword(options: EntraPasswordOptions): DatabasePassword {
  const { url, limits = defaultLimits, onFailure, loadIdentity = loadHostIdentity, now = Date.now } = options;
  const scope = scopeOf(url);
  let identity: TokenCredential | undefined;
  let held = { token: '', expiresOnTimestamp: 0 };
  let underWay: Promise<string> | undefined;

  const request = async (): Promise<string> => {
    try {
      identity ??= await loadIdentity();
      const given = await tokenWithin(identity, scope, limits.databaseTokenSeconds);
      if (!given) throw new DatabaseIdentityError('ENTRA_IDENTITY', 'the identity of this host gives no access token');
      held = given;
      return held.token;
    } catch (error) {
      throw toIdentityError(error);
    } finally {
      underWay = undefined;
    }
  };

  return async () => {
    const leftMs = held.expiresOnTimestamp - now();
    if (leftMs > RENEW_BEFORE_MS) return held.token;
    underWay ??= request();
    if (!(leftMs > LAST_USE_MS)) return underWay;
    underWay.catch((error: unknown) => onFailure?.(error));
    return held.token;
  };
}

/** Returns undefined where the address has the password, if there is one. */
export function createDatabasePassword({
  auth = 'password',
  ...options
}: EntraPasswordOptions & { readonly auth?: DatabaseAuth | undefined }): DatabasePassword | undefined {
  return auth === 'entra' ? createEntraPassword(options) : undefined;
}

/** Bounds the wait, because the library repeats a request of its own accord. */
function tokenWithin(identity: TokenCredential, scope: string, seconds: number) {
  const abort = new AbortController();
  return withinTime(identity.getToken(scope, { abortSignal: abort.signal }), seconds * 1000, () => {
    abort.abort();
    throw new DatabaseIdentityError('ENTRA_LATE', `no access token within ${seconds} s`);
  });
}

/** Returns the scope of Azure Database for PostgreSQL in the cloud of the host. */
function scopeOf(url: string): string {
  const { hostname } = new URL(url);
  const [, cloud = 'windows.net'] = /\.database\.(usgovcloudapi\.net|chinacloudapi\.cn)$/.exec(hostname) ?? [];
  return `https://ossrdbms-aad.database.${cloud}/.default`;
}
