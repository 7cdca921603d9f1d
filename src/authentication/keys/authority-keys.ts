import { AUTHENTICATION_LIMITS } from '../limits.js';
import { SigningKeysUnavailableError } from '../refusals/access-token-error.js';
import type { TokenVersion } from '../token-version.js';
import { LookBudget } from './look-budget.js';
import type { SigningKey, TenantIssuer } from './signing-key.js';
import type { SigningKeys } from './signing-keys.js';
import { UnknownKeys } from './unknown-keys.js';

/**
 * Milliseconds before a key that was not found is looked for again. Each further time adds as much, up to five times.
 */
export const UNKNOWN_KEY_COOL_DOWN_MS = AUTHENTICATION_LIMITS.unknownKeySeconds.default * 1000;

/**
 * Holds the signing keys of the authority for every accepted token version. Each version has its own key sets. A look for an
 * unknown key refreshes all of them, because the version of the token may not be known yet.
 *
 * A key name is a kid, or for a header without kid the `thumbprintName` of its thumbprint.
 */
export class AuthorityKeys {
  readonly #accepted: readonly SigningKeys[];
  readonly #unknownKeys: UnknownKeys;
  readonly #looks: LookBudget;

  /**
   * @param byVersion the keys for tokens of a version; those of a version that is not accepted are never fetched
   * @param elapsedMs milliseconds of a clock that never goes back
   */
  constructor(
    readonly byVersion: Readonly<Record<TokenVersion, SigningKeys>>,
    accepted: ReadonlySet<TokenVersion>,
    elapsedMs: () => number,
  ) {
    this.#accepted = [...accepted].map((version) => byVersion[version]);
    this.#unknownKeys = new UnknownKeys(UNKNOWN_KEY_COOL_DOWN_MS, elapsedMs);
    this.#looks = new LookBudget(elapsedMs);
  }

  /** Returns whether a key with this name is trusted now, for tokens of any version. */
  has(keyName: string): boolean {
    return this.#accepted.some((keys) => keys.find(keyName) !== undefined);
  }

  /**
   * Returns whether all key sets are there and none of them has this key. Returns false during an outage, when a key may be
   * missing for that reason.
   */
  isMissing(keyName: string): boolean {
    return this.#accepted.every(({ knownIssuer, isFailing }) => knownIssuer && !isFailing) && !this.has(keyName);
  }

  /** Returns whether a missing key was looked for recently, no refresh is running and the last one did not fail. */
  isKnownToBeMissing(keyName: string): boolean {
    return !this.#unknownKeys.mayLookFor(keyName) && this.#accepted.every((keys) => keys.isUpToDate);
  }

  /**
   * Returns the key for tokens of a version. Looks for an unknown key first if the budget allows it. The budget is five looks
   * a minute, one of them for each source, and a growing delay for a key that was not found before. Call it only for tokens
   * that passed every other check. Otherwise anonymous clients could trigger refreshes.
   *
   * Returns undefined if the key was looked for and not found. Rejects with SigningKeysUnavailableError if the refresh failed,
   * or if the key may be new and no look is allowed now. A token with a new key is not called bad then.
   *
   * @param source source of the token, such as the address of the client, or undefined if it is not known
   */
  async lookFor(
    version: TokenVersion,
    keyName: string,
    { tenant, source }: { readonly tenant: TenantIssuer; readonly source: string | undefined },
  ): Promise<SigningKey | undefined> {
    const keys = this.byVersion[version];
    // A refresh that began before the token came may have missed its key, so another one can follow.
    await keys.refreshing;
    if (keys.find(keyName) || !this.#unknownKeys.mayLookFor(keyName)) return keys.findOrThrowWhenStale(keyName, tenant);
    let giveBack = () => {};
    // Otherwise joins the look of another token, which began after this token came.
    if (!keys.refreshing) {
      const waitMs = this.#looks.waitMs(source);
      if (waitMs > 0) return keys.findOrThrowWhenStale(keyName, tenant) ?? askToWait(waitMs);
      giveBack = this.#looks.add(source);
      this.refresh();
    }
    await keys.refresh();
    const key = keys.findOrThrowWhenStale(keyName, tenant);
    if (key) giveBack();
    else this.#unknownKeys.addMiss(keyName);
    return key;
  }

  /** Refreshes the keys in the background, now and from then on. */
  refresh(): void {
    for (const keys of this.#accepted) void keys.refresh();
  }

  /** Waits for the first refresh of each version, whether it fails or not. Never rejects. */
  async load(): Promise<void> {
    await Promise.allSettled(this.#accepted.map((keys) => keys.issuer()));
  }

  /** Returns whether there are keys for every accepted version that the authority has, and for at least one. */
  readiness(): { readonly ready: boolean; readonly detail: string } {
    const each = this.#accepted.map((keys) => ({ ...keys.readiness(), isAbsent: keys.isAbsent }));
    const isReady = each.some(({ ready }) => ready) && each.every(({ ready, isAbsent }) => ready || isAbsent);
    return { ready: isReady, detail: each.map(({ detail }) => detail).join('; ') };
  }

  /** Returns whether the server is not ready because each version without keys failed its last refresh. */
  isWithoutKeys(): boolean {
    return !this.readiness().ready && this.#accepted.every((keys) => keys.readiness().ready || keys.isFailing);
  }

  /** Returns the seconds since the last successful refresh, by token version. */
  ages(): (readonly [version: TokenVersion, seconds: number])[] {
    const versions = ['1.0', '2.0'] as const;
    return versions.flatMap((version) => {
      const seconds = this.byVersion[version].ageSeconds;
      return seconds === undefined ? [] : [[version, seconds] as const];
    });
  }

  /** Stops the background refreshes. */
  close(): void {
    for (const keys of this.#accepted) keys.close();
  }
}

function askToWait(waitMs: number): never {
  const seconds = Math.ceil(waitMs / 1000);
  const cause = new Error(`The key is not known and may be new. It can be looked for in ${seconds} s.`);
  throw new SigningKeysUnavailableError(seconds, cause);
}
