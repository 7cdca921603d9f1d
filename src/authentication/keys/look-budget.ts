import { AUTHENTICATION_LIMITS } from '../limits.js';

/** Time over which looks are counted, in milliseconds. */
export const LOOK_WINDOW_MS = 60_000;

/** Looks in that time, for all unknown keys together. A look refreshes the keys of all token versions once. */
export const MAX_LOOKS = AUTHENTICATION_LIMITS.keyLooks.default;

interface Look {
  readonly atMs: number;
  /** The source that the look was for. Undefined if it is not known, or if the key was found. */
  source: string | undefined;
}

/**
 * Counts the looks for unknown keys. Anyone can make up a key id, so there are only a few looks, and each source has one of
 * them. A client that keeps sending unknown keys leaves the others to clients with a genuine new key.
 */
export class LookBudget {
  #looks: Look[] = [];

  /** @param elapsedMs milliseconds of a clock that never goes back */
  constructor(private readonly elapsedMs: () => number) {}

  /**
   * Returns the milliseconds until a source may have a look. 0 means that it may have one now.
   *
   * @param source undefined if it is not known. Only the total of all sources counts then
   */
  waitMs(source: string | undefined): number {
    const nowMs = this.elapsedMs();
    this.#looks = this.#looks.filter(({ atMs }) => nowMs - atMs < LOOK_WINDOW_MS);
    const own = source === undefined ? undefined : this.#looks.find((look) => look.source === source);
    const blocking = own ?? (this.#looks.length < MAX_LOOKS ? undefined : this.#looks[0]);
    return blocking === undefined ? 0 : blocking.atMs + LOOK_WINDOW_MS - nowMs;
  }

  /**
   * Counts a look.
   *
   * @returns a function that gives the look back to the source, for a key that was found. It still counts in the total.
   */
  add(source: string | undefined): () => void {
    const look: Look = { atMs: this.elapsedMs(), source };
    this.#looks.push(look);
    return () => {
      look.source = undefined;
    };
  }
}
