/** Kids remembered; the one asked for longest ago is forgotten first. */
const MAX_KIDS = 1000;

/**
 * How many misses count. A kid is public: were there no end to it, a stranger who keeps sending that of a key which is away
 * for hours would have the tokens of others refused for as long again once the key is back.
 */
const MAX_MISSES = 5;

/**
 * Key ids that were looked for in vain. Each time, the next look on account of the same one has to wait longer, so that a
 * client which keeps sending a token of some other authority does not keep this server asking for its key. From the fifth
 * time on the wait stays the same.
 */
export class UnknownKids {
  readonly #misses = new Map<string, { readonly count: number; readonly lastAtMs: number }>();

  /**
   * @param waitMs how long one miss keeps a kid from being looked for; two keep it twice as long, five or more five times
   * @param elapsedMs milliseconds of a clock that never goes back
   */
  constructor(
    private readonly waitMs: number,
    private readonly elapsedMs: () => number,
  ) {}

  /** Whether it may be looked for. */
  mayLookFor(kid: string): boolean {
    const misses = this.#misses.get(kid);
    return !misses || this.elapsedMs() - misses.lastAtMs >= misses.count * this.waitMs;
  }

  /** Notes that a key set which was read just now does not have it. */
  addMiss(kid: string): void {
    const count = Math.min(MAX_MISSES, (this.#misses.get(kid)?.count ?? 0) + 1);
    this.#misses.delete(kid);
    this.#misses.set(kid, { count, lastAtMs: this.elapsedMs() });
    if (this.#misses.size <= MAX_KIDS) return;
    for (const oldest of this.#misses.keys()) {
      this.#misses.delete(oldest);
      return;
    }
  }
}
