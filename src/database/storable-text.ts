/** Returns whether PostgreSQL can store a text. It has no character U+0000 and no half of a surrogate pair. */
export function isStorable(text: string): boolean {
  return !/[\0\p{Cs}]/u.test(text);
}
