import { hash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import {
  issuedAtOf,
  type RevocableToken,
  type RevocationSource,
} from '../authentication/revocations/revocation-source.js';
import type { AcquireToken, DownstreamToken, TokenQuestion } from './acquire-token.js';
import { DOWNSTREAM_LIMITS } from './limits.js';
import type { SharedTokens } from './redis-tokens.js';
import { DownstreamBusyError, DownstreamUnavailableError, signInAgain, toFieldError } from './token-errors.js';

/** A new token is requested this long before the end of the old one, so that a call that begins now can finish. */
const EARLY_MS = 5 * 60_000;
const FAILURE_MS = DOWNSTREAM_LIMITS.downstreamFailureSeconds.default * 1000;

export interface TokenMemorySettings {
  readonly acquire: AcquireToken;
  readonly maxTokens: number;
  /** Tokens that other servers of this API got. Default: none. */
  readonly shared?: SharedTokens | undefined;
  /** Says which users' tokens are revoked. What was got with one is dropped. Default: none is. */
  readonly revocations?: RevocationSource | undefined;
  /** Milliseconds since 1970. */
  now(): number;
}

/** Gets tokens and remembers them. */
export interface TokenMemory {
  /**
   * Rejects with the error of a field.
   *
   * @param user the user's own token, with which the question asks. Undefined for a token of the application
   */
  get(key: string, question: TokenQuestion, user?: RevocableToken): Promise<string>;
  /** Forgets a token that another API refused. */
  forget(accessToken: string): void;
  close(): void;
  /** The bytes that the tokens take, as estimated. */
  readonly size: number;
}

/** A remembered token and the user's own token with which it was got. */
interface Entry extends DownstreamToken {
  readonly user: RevocableToken | undefined;
}

/**
 * Creates the memory of tokens for other APIs. Requests and remembered failures (a few seconds) are kept for each key and
 * each token of the user. After a new sign-in, a user must get neither the token nor the error of the older one. A token is
 * renewed before its end, and an outage meanwhile does not end it early.
 *
 * A token that was got with a revoked token of the user is dropped as soon as the revocation is known, and never used. A
 * revoked token gets no token, also where the revocation became known while Entra was asked.
 */
export function createTokenMemory(settings: TokenMemorySettings): TokenMemory {
  const { acquire, maxTokens, shared, revocations, now } = settings;
  /** Keys by token. To look through ten thousand tokens for one takes a millisecond, and one answer can refuse many. */
  const keysOf = new Map<string, Set<string>>();
  const tokens = new LRUCache<string, Entry>({
    max: maxTokens,
    dispose: ({ accessToken }, key) => {
      const keys = keysOf.get(accessToken);
      keys?.delete(key);
      if (keys?.size === 0) keysOf.delete(accessToken);
    },
    maxSize: DOWNSTREAM_LIMITS.downstreamTokenBytes.default,
    sizeCalculation: (entry, key) => estimateBytes(key, entry),
  });
  const failures = new LRUCache<string, { readonly error: Error; readonly untilMs: number }>({
    max: DOWNSTREAM_LIMITS.downstreamFailures.default,
  });
  const underWay = new Map<string, Promise<string>>();

  function isRevoked(user: RevocableToken | undefined): boolean {
    if (!user) return false;
    const before = revocations?.revokedBefore(user);
    return typeof before === 'number' && issuedAtOf(user) < before;
  }

  function remember(key: string, entry: Entry): void {
    tokens.set(key, entry);
    // One that is too large is not kept.
    if (tokens.has(key)) keysOf.set(entry.accessToken, (keysOf.get(entry.accessToken) ?? new Set()).add(key));
  }

  function drop(key: string): void {
    tokens.delete(key);
    void shared?.drop(key);
  }

  function unlessRevoked(key: string, entry: Entry | undefined): Entry | undefined {
    if (!entry || !isRevoked(entry.user)) return entry;
    drop(key);
    return undefined;
  }

  async function findShared(key: string, user: RevocableToken | undefined): Promise<Entry | undefined> {
    const found = await shared?.get(key);
    if (!found) return undefined;
    const { accessToken, expiresAtMs, issuedAtSeconds, tokenId } = found;
    // The key names user and client. Only the token is another one.
    const its = user && { caller: { ...user.caller, claims: { iat: issuedAtSeconds } }, tokenId };
    return unlessRevoked(key, { accessToken, expiresAtMs, user: its });
  }

  async function share(key: string, { accessToken, expiresAtMs, user }: Entry): Promise<void> {
    const token = { accessToken, expiresAtMs, issuedAtSeconds: user?.caller.claims.iat ?? 0, tokenId: user?.tokenId };
    await shared?.set(key, token, expiresAtMs - now());
  }

  function findForOutage(key: string, user: RevocableToken | undefined): Entry | undefined {
    const known = unlessRevoked(key, tokens.get(key));
    return known && now() < known.expiresAtMs && !isRevoked(user) ? known : undefined;
  }

  async function ask(key: string, question: TokenQuestion, user: RevocableToken | undefined): Promise<string> {
    try {
      const found = await findShared(key, user);
      const token = found && isFresh(found, now()) ? found : { ...(await acquire(question)), user };
      if (isRevoked(user)) throw signInAgain();
      remember(key, token);
      if (token !== found) void share(key, token);
      return token.accessToken;
    } catch (error) {
      const known = error instanceof DownstreamUnavailableError ? findForOutage(key, user) : undefined;
      if (known) return known.accessToken;
      throw failed(key, question, error);
    }
  }

  /** Returns the error of the field, and remembers it if Entra was asked. */
  function failed(key: string, question: TokenQuestion, cause: unknown): Error {
    const error = toFieldError(cause, question);
    // A moment in which others took all requests must not cost this caller seconds.
    if (!(cause instanceof DownstreamBusyError)) {
      failures.set(keyOfQuestion(key, question), { error, untilMs: now() + FAILURE_MS });
    }
    return error;
  }

  const unsubscribe = revocations?.subscribe?.(() => {
    for (const [key, entry] of tokens.entries()) unlessRevoked(key, entry);
  });

  return {
    async get(key, question, user) {
      if (isRevoked(user)) throw signInAgain();
      const known = unlessRevoked(key, tokens.get(key));
      if (known && isFresh(known, now())) return known.accessToken;
      const asked = keyOfQuestion(key, question);
      const failure = failures.get(asked);
      if (failure && now() < failure.untilMs) throw failure.error;
      const asking =
        underWay.get(asked) ?? ask(key, question, user && slim(user)).finally(() => underWay.delete(asked));
      underWay.set(asked, asking);
      return asking;
    },
    forget(accessToken) {
      for (const key of [...(keysOf.get(accessToken) ?? [])]) drop(key);
    },
    close() {
      unsubscribe?.();
      shared?.close();
    },
    get size() {
      return tokens.calculatedSize;
    },
  };
}

/** Bytes that V8 takes on 64 bits (a test holds the estimate within a quarter). */
const BYTES = { entry: 600, user: 700, name: 44 } as const;

function estimateBytes(key: string, { accessToken, user }: Entry): number {
  const bytes = BYTES.entry + accessToken.length + key.length;
  if (!user) return bytes;
  const { caller } = user;
  const names = caller.kind === 'delegated' ? [...caller.scopes, ...caller.roles] : [...caller.permissions];
  return bytes + BYTES.user + names.reduce((total, name) => total + BYTES.name + name.length, 0);
}

function isFresh({ expiresAtMs }: DownstreamToken, nowMs: number): boolean {
  return nowMs < expiresAtMs - EARLY_MS;
}

/** Keeps the one claim that a revocation compares. All claims of a token would take two kilobytes. */
function slim({ caller, tokenId }: RevocableToken): RevocableToken {
  const { iat } = caller.claims;
  return { caller: { ...caller, claims: iat === undefined ? {} : { iat } }, tokenId };
}

/** Returns the key for entries that also depend on the user's own token. */
function keyOfQuestion(key: string, { for: asking }: TokenQuestion): string {
  return asking.kind === 'user' ? `${key} ${hash('sha256', asking.assertion, 'base64')}` : key;
}
