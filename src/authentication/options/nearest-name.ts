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

/** Returns the Levenshtein distance, the number of characters to insert, remove or replace. */
function distanceOf(one: string, other: string): number {
  let row = [...other].map((letter, at) => ({ letter, distance: at + 1 }));
  let left = row.length;
  for (const [line, character] of [...one].entries()) {
    let diagonal = line;
    left = line + 1;
    row = row.map(({ letter, distance: above }) => {
      left = Math.min(diagonal + (character === letter ? 0 : 1), above + 1, left + 1);
      diagonal = above;
      return { letter, distance: left };
    });
  }
  return left;
}
