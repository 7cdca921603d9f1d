/** Longer names are not compared: the time that it takes grows with the product of the lengths. */
const MAX_LENGTH = 100;

/** Returns the known name that a misspelt one is most like, or undefined when none is like it. Case does not count. */
export function findNearest(name: string, known: readonly string[]): string | undefined {
  if (name.length > MAX_LENGTH) return undefined;
  const [nearest] = known
    .map((candidate) => ({ candidate, distance: distanceOf(name.toLowerCase(), candidate.toLowerCase()) }))
    .filter(({ distance }) => distance <= Math.floor(name.length * 0.4) + 1)
    .sort((one, other) => one.distance - other.distance);
  return nearest?.candidate;
}

/** Levenshtein's distance: how many characters have to be inserted, removed or replaced. */
function distanceOf(one: string, other: string): number {
  let row = Array.from({ length: other.length + 1 }, (_, at) => at);
  for (const [line, character] of [...one].entries()) {
    const next = [line + 1];
    for (let at = 1; at <= other.length; at++) {
      const replaced = (row[at - 1] ?? 0) + (character === other[at - 1] ? 0 : 1);
      next.push(Math.min(replaced, (row[at] ?? 0) + 1, (next[at - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[other.length] ?? 0;
}
