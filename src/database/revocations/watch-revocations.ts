import { createRevocationList, type Revocation } from '../../authentication/revocations/revocation-list.js';
import type { RevocationSource } from '../../authentication/revocations/revocation-source.js';
import { defaultLimits, type Limits } from '../../config/limits.js';
import { createControlConnection } from '../connections/control-connection.js';
import type { DatabasePassword } from '../connections/entra-password.js';
import type { DatabaseLogger } from '../connections/failure-report.js';
import { createNotifications } from '../notifications/notifications.js';
import { oneAtATime } from './one-at-a-time.js';

/** Revocations as the database has them. */
export interface WatchedRevocations {
  readonly source: RevocationSource;
  close(): Promise<void>;
}

/** Addresses of the database and the log. */
export interface WatchOptions {
  /** As `DATABASE_URL`. */
  readonly url: string;
  readonly password?: DatabasePassword | undefined;
  /** As `DATABASE_LISTEN_URL`. Default: `url`. */
  readonly listenUrl?: string | undefined;
  readonly limits?: Limits | undefined;
  readonly logger?: RevocationLogger | undefined;
}

/** Log for the operator about the revocations. */
export interface RevocationLogger extends DatabaseLogger {
  info(details: object, message: string): void;
}

const CHANNEL = 'entra_revocations';

const READ = `
  select kind, id, extract(epoch from before)::float8 as "beforeSeconds"
  from entra.revocations where ends_at > now() order by before desc limit $1
`;

/**
 * Follows the table of revocations. Resolves when it was read for the first time or could not be. It listens first and reads
 * then, so that nothing is missed, and does both again after an outage. Meanwhile the last known revocations hold.
 */
export async function watchRevocations(options: WatchOptions): Promise<WatchedRevocations> {
  const { url, password, listenUrl = url, limits = defaultLimits, logger } = options;
  const list = createRevocationList();
  const notifications = createNotifications({ url: listenUrl, password, channel: CHANNEL, limits });
  let isClosed = false;
  let isLost = false;
  let retry: NodeJS.Timeout | undefined;
  let stopListening = () => {};
  /** One object for each time of listening. Undefined while nothing is heard. */
  let listening: object | undefined;

  /** Rejects where notifications were lost meanwhile: what the answer lacks may have been among them. */
  async function read(): Promise<void> {
    const heard = listening;
    const connection = createControlConnection({ url, password, answerMs: limits.databaseAnswerSeconds * 1000 });
    try {
      const rows = await connection.ask<Revocation>(READ, [limits.revocations + 1]);
      list.replace(rows.slice(0, limits.revocations));
      if (rows.length > limits.revocations) throw incomplete(`There are more than ${limits.revocations} revocations`);
      if (!heard || heard !== listening)
        throw incomplete('The notifications were lost while the revocations were read');
    } finally {
      await connection.close();
    }
  }

  /** Closing the connection takes time, and the list must not count as up to date meanwhile. */
  function incomplete(message: string): Error {
    list.lose();
    return new Error(message);
  }

  const readAgain = oneAtATime(read);
  const refresh = () => void readAgain().catch(lose);

  function lose(error: unknown): void {
    stopListening();
    listening = undefined;
    list.lose();
    if (isClosed) return;
    if (!isLost) logger?.warn({ err: error }, LOST);
    isLost = true;
    clearTimeout(retry);
    retry = setTimeout(follow, limits.revocationRetryMs).unref();
  }

  async function follow(): Promise<void> {
    try {
      stopListening = await notifications.listen({ onNotification: refresh, onLost: lose });
      listening = {};
      await readAgain();
      if (isLost) logger?.info({}, 'the revocations can be read again');
      isLost = false;
    } catch (error) {
      lose(error);
    }
  }

  await follow();
  return {
    source: list,
    async close() {
      isClosed = true;
      clearTimeout(retry);
      await notifications.close();
    },
  };
}

const LOST =
  'the revocations cannot be read: the last known ones hold, and REVOCATIONS_UNKNOWN says what happens to other tokens';
