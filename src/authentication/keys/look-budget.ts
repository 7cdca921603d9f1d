import { AUTHENTICATION_LIMITS } from '../limits.js';

/** Looks for unknown keys are counted over this time, in milliseconds. */
export const LOOK_WINDOW_MS = 60_000;

/** Looks in that time, for all unknown keys together. A look reads every document of the authority once. */
export const MAX_LOOKS = AUTHENTICATION_LIMITS.keyLooks.default;

/** Looks that may follow each other at once. The others come evenly, so that the next one is never far away. */
export const LOOKS_AT_ONCE = AUTHENTICATION_LIMITS.keyLooksAtOnce.default;

/** Time between two of the others, in milliseconds. */
export const LOOK_SPACING_MS = LOOK_WINDOW_MS / (MAX_LOOKS - LOOKS_AT_ONCE + 1);

interface Look {
  readonly atMs: number;
  /** The source that has had it. */
  source: string | undefined;
}

/**
 * Counts the looks for unknown keys. Anyone can make up a key id, so looks are few. One source has one of them at a time:
 * a client that goes on sending unknown keys leaves the others to the clients whose key is genuine and new.
 *
 * A look finds every new key, whichever token it was made for. So a good token waits for the next look of anyone, and clients
 * with many addresses can delay it by {@link LOOK_SPACING_MS} at most.
 */
export class LookBudget {
  #looks: Look[] = [];

  /** @param elapsedMs milliseconds of a clock that never goes back */
  constructor(private readonly elapsedMs: () => number) {}

  /**
   * Returns the milliseconds until a source may have a look; 0: it may have one now.
   *
   * @param source undefined: not known, so only the looks of all sources count
   */
  waitMs(source: string | undefined): number {
    const nowMs = this.elapsedMs();
    this.#looks = this.#looks.filter(({ atMs }) => nowMs - atMs < LOOK_WINDOW_MS);
    const own = source === undefined ? undefined : this.#looks.find((look) => look.source === source);
    const ownMs = own === undefined ? 0 : own.atMs + LOOK_WINDOW_MS - nowMs;
    return Math.max(ownMs, this.#waitOfAllMs(nowMs));
  }

  #waitOfAllMs(nowMs: number): number {
    const last = this.#looks.at(-1);
    if (last === undefined || this.#looks.length < LOOKS_AT_ONCE) return 0;
    return Math.max(0, last.atMs + LOOK_SPACING_MS - nowMs);
  }

  /**
   * Counts a look.
   *
   * @returns gives the source its look back, because its key was found. The look counts for all sources together.
   */
  add(source: string | undefined): () => void {
    const look: Look = { atMs: this.elapsedMs(), source };
    this.#looks.push(look);
    return () => {
      look.source = undefined;
    };
  }
}
