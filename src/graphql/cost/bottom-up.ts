/**
 * Orders the fragments of a document so that each comes after those that it spreads. Uses no recursion, since a document can
 * chain thousands. In a circle, which validation refuses, the order is arbitrary.
 */
export function bottomUp(names: Iterable<string>, spreadsOf: (name: string) => readonly string[]): readonly string[] {
  const ordered: string[] = [];
  const entered = new Set<string>();
  const path: { readonly name: string; readonly spreads: readonly string[]; next: number }[] = [];
  const enter = (name: string) => {
    if (entered.has(name)) return;
    entered.add(name);
    path.push({ name, spreads: spreadsOf(name), next: 0 });
  };
  for (const start of names) {
    enter(start);
    for (let place = path.at(-1); place; place = path.at(-1)) {
      const spread = place.spreads[place.next];
      place.next += 1;
      if (spread !== undefined) enter(spread);
      else ordered.push((path.pop() ?? place).name);
    }
  }
  return ordered;
}
