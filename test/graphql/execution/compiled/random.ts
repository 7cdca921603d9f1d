/** Reproducible choices: the same seed makes the same ones. */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = hashOf(seed, 'start');
  }

  /** From 0 up to, not including, `limit`. */
  below(limit: number): number {
    this.#state = hashOf(this.#state, 'next');
    return this.#state % limit;
  }

  /** True in so many of 100 cases. */
  chance(percent: number): boolean {
    return this.below(100) < percent;
  }

  pick<T>(choices: readonly [T, ...T[]] | readonly T[]): T {
    const choice = choices[this.below(choices.length)];
    if (choice === undefined && choices.length === 0) throw new TypeError('nothing to pick from');
    return choice as T;
  }
}

/** A whole number from 0 to 2^31 that follows from the seed and the words. */
export function hashOf(seed: number, ...words: string[]): number {
  let hash = seed ^ 0x9e3779b9;
  for (const character of words.join('\n')) hash = Math.imul(hash ^ character.charCodeAt(0), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
  hash = Math.imul(hash ^ (hash >>> 12), 0x297a2d39);
  return (hash ^ (hash >>> 15)) >>> 1;
}
