import { SIZES } from './workload/items.mjs';

/** With fewer rounds, figures are not kept. */
export const MIN_ROUNDS = 3;

/** A run whose figures count. */
export const FULL = {
  rounds: 7,
  /** Rounds beforehand, in which everything runs and nothing is kept: as many as it takes until nothing is compiled any more. */
  warmUpRounds: { refusals: 1, tokens: 10, growth: 1, policies: 5, hostile: 2 },
  /** Numbers of items. */
  sizes: SIZES,
  /** Requests of a turn at least, by number of items. */
  requests: { 1: 1500, 20: 600, 200: 150, 1000: 40 },
  /**
   * Seconds of CPU time of a contender in a turn: as many requests as take so long come directly beforehand, and then as many
   * as are measured. In fewer, a compilation or a garbage collection is much of the figure.
   */
  turn: { before: 1.5, measured: 0.5 },
  /** The same for refusals, whose processes are not new in each round. */
  refusalTurn: { before: 0.4, measured: 0.2 },
  /** Before it is measured, a new process answers requests with so many new tokens. Then it works so long for each number of items. */
  warmUpTokens: 2000,
  warmUpSeconds: 1,
  /** Callers of the token set `many`. */
  callers: 1000,
  /** Tokens that verifiers get in a round outside any server, good ones and bad ones of each kind. */
  tokens: 1000,
  badTokens: 300,
  /** How often one bad token comes in a flood. */
  floodTokens: 20_000,
  /** Verified tokens remembered while their memory is measured; ten times as many go through. */
  cacheSize: 10_000,
  /** Tokens made and verified at a time meanwhile. */
  tokensAtOnce: 1000,
  /** Requests of a round to the sample, over a database. */
  databaseRequests: 400,
  /**
   * Requests of each kind that a process answers beforehand. V8 optimises code that runs often, so figures fall until then.
   * Those of the sample fall to less than half until about 5 000 requests, those of the others until about 2 500.
   */
  databaseWarmUp: 6000,
  /** Reports that are submitted in a round. */
  drafts: 200,
  /** Version of Node for what is measured over a database. PostGraphile needs it. */
  databaseNode: 24,
  /** After about a minute without work, V8 gives back memory. */
  idleSeconds: 75,
  /** Sizes at which growth is measured, and how often what takes microseconds is done in a batch. */
  growth: {
    times: 3000,
    fields: [10, 100, 1000, 10_000],
    requirements: [1, 10, 100, 1000, 10_000],
    documents: [10, 100, 1000, 5000],
  },
  /** Items of a list with a policy for each, and requests of a batch. */
  policies: { items: 200, times: 50 },
  /** Sizes of hostile operations: four doublings. */
  hostile: [25, 50, 100, 200, 400],
  /**
   * Processes behind a balancer, subscriptions of one process, callers of one, whose tokens it remembers, and reports of a tenant.
   */
  scale: {
    processes: [1, 2, 4],
    requests: 4000,
    subscriptions: 10_000,
    changes: 10,
    callers: 10_000,
    reports: [10_000, 1_000_000],
    /** PostgreSQL compares five plans for the values with one for any values, and may use the latter from then on. */
    planTimes: 8,
  },
};

/** Runs all of the code; its figures say nothing. */
export const SHORT = {
  rounds: 1,
  /** A machine that runs other tests may let PostgreSQL wait until the server refuses what asks for it. */
  repeats: 5,
  warmUpRounds: { refusals: 0, tokens: 0, growth: 0, policies: 0, hostile: 0 },
  sizes: SIZES.slice(0, 2),
  /** All contenders take part in the first part. In others these do, because their start takes longest. */
  few: { callers: ['a', 'g'], unseen: ['a', 'g'], refusals: ['e', 'g'] },
  requests: { 1: 16, 20: 16 },
  turn: { before: 0, measured: 0 },
  refusalTurn: { before: 0, measured: 0 },
  warmUpTokens: 10,
  warmUpSeconds: 0,
  callers: 10,
  tokens: 10,
  badTokens: 5,
  floodTokens: 10,
  cacheSize: 20,
  tokensAtOnce: 20,
  databaseRequests: 10,
  // npm's registry has Node for this system. Elsewhere the Node at hand runs all but what needs a newer one.
  ...(process.platform === 'linux' && process.arch === 'x64' && { databaseNode: FULL.databaseNode }),
  databaseWarmUp: 1,
  drafts: 4,
  idleSeconds: 0,
  growth: { times: 30, fields: [10, 100], requirements: [1, 10], documents: [10, 100] },
  policies: { items: 5, times: 3 },
  hostile: [2, 4],
  scale: {
    processes: [1],
    requests: 20,
    subscriptions: 20,
    changes: 2,
    callers: 20,
    reports: [200, 400],
    planTimes: 1,
  },
};
