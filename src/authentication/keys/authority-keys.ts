import { type MaybePromise, whenKnown } from '../maybe-promise.js';
import type { TokenVersion } from '../token-version.js';
import type { SigningKey, TenantIssuer } from './signing-key.js';
import type { SigningKeys } from './signing-keys.js';
import { UnknownKids } from './unknown-kids.js';

/**
 * Milliseconds between two looks on account of unknown keys; a key that was looked for in vain waits this much longer each
 * time, at most five times as long.
 */
export const UNKNOWN_KEY_COOL_DOWN_MS = 60_000;

/**
 * The signing keys of the authority for every accepted token version. Each version has key sets of its own; an unknown key
 * is looked for in all of them together, so that it can be told to be unknown before it is known of which version its
 * token is.
 */
export class AuthorityKeys {
  readonly #accepted: readonly SigningKeys[];
  readonly #unknownKids: UnknownKids;
  #lookedAtMs = Number.NEGATIVE_INFINITY;

  /**
   * @param of the keys for tokens of a version; those of a version that is not accepted are never fetched
   * @param now milliseconds since 1970
   */
  constructor(
    readonly of: Readonly<Record<TokenVersion, SigningKeys>>,
    accepted: ReadonlySet<TokenVersion>,
    private readonly now: () => number,
  ) {
    this.#accepted = [...accepted].map((version) => of[version]);
    this.#unknownKids = new UnknownKids(UNKNOWN_KEY_COOL_DOWN_MS, now);
  }

  /** Whether a key with this kid is trusted now, for tokens of whatever version. */
  hold(kid: string): boolean {
    return this.#accepted.some((keys) => keys.find(kid) !== undefined);
  }

  /** Whether the key sets are there and none of them has this kid. During an outage nothing can be said about it. */
  lack(kid: string): boolean {
    return this.#accepted.every(({ knownIssuer, isFailing }) => knownIssuer && !isFailing) && !this.hold(kid);
  }

  /** Whether asking for a key with this kid that we lack could bring it, for a token in which all else is right. */
  mayBring(kid: string): boolean {
    return this.#mayLookFor(kid) || !this.#accepted.every((keys) => keys.isUpToDate);
  }

  /**
   * The key for tokens of a version, if need be after looking for news, at most once a minute whatever is asked for, and
   * more rarely for one that was looked for in vain, up to once in five minutes. To be asked only for tokens in which
   * everything else is right, or strangers decide when we fetch.
   *
   * A promise only while there is something to wait for. Throws and rejects with SigningKeysUnavailableError when there is
   * no news to be had, so that nothing can be said about the key.
   */
  find(version: TokenVersion, kid: string, tenant: TenantIssuer): MaybePromise<SigningKey | undefined> {
    const keys = this.of[version];
    return keys.find(kid, tenant) ?? whenKnown(keys.refreshing, () => this.#findOrLookFor(kid, tenant, keys));
  }

  #findOrLookFor(kid: string, tenant: TenantIssuer, keys: SigningKeys): MaybePromise<SigningKey | undefined> {
    if (keys.find(kid) || !this.#mayLookFor(kid)) return keys.findIfNews(kid, tenant);
    this.#lookedAtMs = this.now();
    this.refresh();
    return keys.refresh().then(() => {
      const key = keys.findIfNews(kid, tenant);
      if (!key) this.#unknownKids.addMiss(kid);
      return key;
    });
  }

  /** A clock that was set back must not stretch the cool-down. */
  #mayLookFor(kid: string): boolean {
    const elapsedMs = this.now() - this.#lookedAtMs;
    const isCool = elapsedMs < 0 || elapsedMs >= UNKNOWN_KEY_COOL_DOWN_MS;
    return isCool && this.#unknownKids.mayLookFor(kid);
  }

  /** Fetches in the background, now and from then on. */
  refresh(): void {
    for (const keys of this.#accepted) void keys.refresh();
  }

  /** Waits until each key set has been fetched, or could not be. Never rejects. */
  async load(): Promise<void> {
    await Promise.allSettled(this.#accepted.map((keys) => keys.issuer()));
  }

  /** Whether there are keys for every accepted version. */
  readiness(): { readonly ready: boolean; readonly detail: string } {
    const each = this.#accepted.map((keys) => keys.readiness());
    return { ready: each.every(({ ready }) => ready), detail: each.map(({ detail }) => detail).join('; ') };
  }

  /** Stops the background refreshes. */
  close(): void {
    for (const keys of this.#accepted) keys.close();
  }
}
