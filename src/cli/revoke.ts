import { parseGuid } from '../authentication/guid.js';
import type { Revocation } from '../authentication/revocations/revocation-list.js';
import { loadRevocationConfig } from '../config/config.js';
import { addRevocations, type NewRevocation } from '../database/revocations/revoke.js';
import { CommandError } from './command-failure.js';
import type { Terminal } from './terminal/terminal.js';

/** Options of `revoke`. Each but `before` may be given several times. */
export interface RevokeOptions {
  readonly user?: readonly string[];
  readonly client?: readonly string[];
  readonly agent?: readonly string[];
  readonly token?: readonly string[];
  readonly before?: string;
}

const LONGEST_LIFE_SECONDS = 28 * 3600;

/**
 * `entra-graphql revoke`: refuses tokens before they expire. Every server knows within a second.
 *
 * @throws CommandError for ids and times of another form
 */
export async function runRevoke(terminal: Terminal, options: RevokeOptions, nowMs = Date.now()): Promise<void> {
  const beforeSeconds = readTime(options.before, nowMs);
  const revocations = [
    ...read('user', options.user, beforeSeconds),
    ...read('client', options.client, beforeSeconds),
    ...read('agent', options.agent, beforeSeconds),
    ...read('token', options.token, beforeSeconds),
  ];
  if (revocations.length === 0) throw new CommandError('Name what to revoke: --user, --client, --agent or --token.');
  const adding = addRevocations(loadRevocationConfig(await environmentOf(terminal)), revocations);
  const added = await terminal.during('Writing to the database …', adding);
  for (const { kind, id, beforeSeconds: before } of added) {
    terminal.print(
      kind === 'token'
        ? `The token ${id} is refused.`
        : `Tokens of the ${kind} ${id} from before ${timeOf(before)} are refused.`,
    );
  }
  const newTokensFrom = goodAgainSeconds(added);
  if (newTokensFrom * 1000 > nowMs) {
    terminal.print(
      `Entra dates tokens back by up to five minutes: new ones may be refused too, until ${timeOf(newTokensFrom)}.`,
    );
  }
}

/** Returns from when on no token is refused that Entra issues then. A single token has no successor. */
function goodAgainSeconds(added: readonly Revocation[]): number {
  return Math.max(0, ...added.filter(({ kind }) => kind !== 'token').map(({ beforeSeconds }) => beforeSeconds + 300));
}

function timeOf(seconds: number): string {
  return new Date(seconds * 1000).toISOString();
}

/** Without an address, the database of a `dev` that runs in this folder is taken. */
async function environmentOf({ environment, folder, print }: Terminal): Promise<Terminal['environment']> {
  if (environment.DATABASE_MIGRATION_URL?.trim() || environment.NODE_ENV === 'production') return environment;
  const { findRunningOwnerUrl } = await import('../development/postgres/embedded-postgres.js');
  const ownerUrl = await findRunningOwnerUrl(folder);
  if (ownerUrl === undefined) return environment;
  print('DATABASE_MIGRATION_URL is not set: in the development database of this folder.');
  return { ...environment, DATABASE_AUTH: 'password', DATABASE_MIGRATION_URL: ownerUrl };
}

function read(kind: Revocation['kind'], ids: readonly string[] = [], beforeSeconds?: number): readonly NewRevocation[] {
  return ids.map((given) => {
    // An option without its value would be taken for the id.
    const id = kind === 'token' ? /^(?!--)[\w-]{1,64}$/.exec(given)?.[0] : parseGuid(given);
    if (id !== undefined) return { kind, id, ...(beforeSeconds !== undefined && { beforeSeconds }) };
    const expected = kind === 'token' ? 'the id of a token (claim uti), not the token itself' : 'a GUID';
    throw new CommandError(`--${kind}: expected ${expected}.`);
  });
}

/**
 * A time in the future would refuse the tokens of the next sign-in too, and one that is too old refuses nothing. A time
 * without its zone would be another one on each machine.
 */
function readTime(before: string | undefined, nowMs: number): number | undefined {
  if (before === undefined) return undefined;
  const seconds = /(?:Z|[+-]\d\d:\d\d)$/.test(before) ? Math.floor(Date.parse(before) / 1000) : Number.NaN;
  const ageSeconds = nowMs / 1000 - seconds;
  if (ageSeconds >= 0 && ageSeconds < LONGEST_LIFE_SECONDS) return seconds;
  throw new CommandError(
    '--before: expected a time of the last 28 hours with its zone, such as 2026-03-02T10:00:00Z. Older tokens have expired.',
  );
}
