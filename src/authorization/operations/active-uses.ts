import type { FieldUse, OperationPlan, PathLink, Section } from './operation-plan.js';
import { areMet } from './selection-conditions.js';

/** A field that a request executes. */
export interface ActiveUse {
  readonly use: FieldUse;
  /** Response keys from the root. */
  readonly path: () => readonly string[];
}

/** A section reached, and from where. */
interface Arrival {
  readonly section: Section;
  readonly from: Arrival | undefined;
  readonly at: PathLink | undefined;
}

/**
 * Returns the field uses that are executed with these variables. Each section counts once, on the first path that leads to
 * it.
 */
export function findActiveUses(
  plan: OperationPlan,
  variables: Readonly<Record<string, unknown>>,
): readonly ActiveUse[] {
  const active: ActiveUse[] = [];
  const reached = new Set<Section>();
  const arrivals: Arrival[] = [{ section: plan.root, from: undefined, at: undefined }];
  // The list grows while it is walked. Reached sections are appended to it.
  for (const arrival of arrivals) {
    for (const use of arrival.section.uses) active.push({ use, path: () => responsePath(use.path, arrival) });
    for (const { conditions, section, at } of arrival.section.edges) {
      if (reached.has(section) || !areMet(conditions, variables)) continue;
      reached.add(section);
      arrivals.push({ section, from: arrival, at });
    }
  }
  return active;
}

function responsePath(path: PathLink, arrival: Arrival): readonly string[] {
  const keys: string[] = [];
  let link: PathLink | undefined = path;
  let section: Arrival | undefined = arrival;
  while (section) {
    for (; link; link = link.before) keys.push(link.key);
    link = section.at;
    section = section.from;
  }
  return keys.reverse();
}
