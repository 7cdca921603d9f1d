/** Smallest and largest value. */
export type Range = readonly [from: number, to: number];

const MIB = 1024 * 1024;

/** Ranges of options. Where the server has a setting for one, both checks read it here. */
export const OPTION_RANGES = {
  clockToleranceSeconds: [0, 300],
  requiredClaims: [1, 20],
  /** Number of groups in `groupRoles`. */
  groups: [1, 100],
  rolesOfGroup: [1, 20],
  authorities: [1, 10],
  verifiedTokenCacheBytes: [1 * MIB, 512 * MIB],
} as const satisfies Readonly<Record<string, Range>>;

export const CLOCK_TOLERANCE_SECONDS = 60;

export const CLAIM_NAME = /^[\w.:/-]{1,100}$/;

/** Returns whether an amount is in a range. Both ends belong to it. */
export function isWithin([from, to]: Range, amount: number): boolean {
  return amount >= from && amount <= to;
}

/** Writes a range for people. */
export function formatRange([from, to]: Range): string {
  return `${from} to ${to}`;
}
