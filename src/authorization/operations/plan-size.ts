import type { OperationPlan, Section } from './operation-plan.js';

/** Bytes that V8 takes on 64 bits (a test holds the estimate within a quarter). */
const BYTES = {
  /** A plan with its empty tables. */
  plan: 620,
  /** A section without its lists. */
  section: 48,
  /** A list without room. */
  list: 32,
  /** A use with its path. Keys, nodes and requirements are those of the document and the table. */
  use: 104,
  edge: 56,
  condition: 40,
  /** An entry of a Set or a Map. */
  entry: 50,
} as const;

/** Estimates the bytes that a plan keeps in memory, without the document that it refers to. */
export function planSize({ root, requirements, interfaceSelections, fragments }: OperationPlan): number {
  let bytes = BYTES.plan + BYTES.entry * (requirements.size + interfaceSelections.size + 2 * fragments.size);
  const reached = new Set<Section>([root]);
  // The set grows while it is walked.
  for (const { uses, edges, arrivals } of reached) {
    bytes += BYTES.section + listSize(uses.length) + listSize(edges.length) + listSize(arrivals.length);
    bytes += uses.length * BYTES.use + edges.length * BYTES.edge;
    for (const { conditions, section } of edges) {
      bytes += listSize(conditions.length) + conditions.length * BYTES.condition;
      reached.add(section);
    }
  }
  return bytes;
}

/** Returns the bytes of a list. V8 gives a growing list room for half as many items more and 16. */
function listSize(length: number): number {
  let room = 0;
  while (room < length) room = room === 0 ? 17 : room + 1 + ((room + 1) >> 1) + 16;
  return BYTES.list + (room === 0 ? 0 : 16 + 8 * room);
}
