/**
 * The parts of the benchmark, in their order. Each is a run of its own, which can be repeated alone: figures are compared
 * within a part, and the pages name the run of each.
 */
export const PARTS = {
  known: 'Queries that were answered before',
  callers: 'Many callers, and new tokens',
  unseen: 'Queries that were never seen',
  bounds: 'With and without bounds',
  refusals: 'Refusals',
  tokens: 'Tokens, outside any server',
  authorization: 'Authorization, outside any server',
  database: 'Over PostgreSQL',
  scale: 'Scale',
};

/** The workloads of the parts that measure whole requests. */
export const PART_WORKLOADS = {
  known: ['one', 'denied'],
  callers: ['many', 'new'],
  unseen: ['unseen'],
  bounds: ['one', 'unseen'],
};

/** The contenders of a part, where they are not those of all others. */
export const PART_CONTENDERS = { bounds: ['a', 'g', 'u'] };
