import { BASELINE } from '../contenders.mjs';

/**
 * The goals: how many times the CPU time of `other` exceeds that of `ours`, by workload and number of items.
 * Against the best peer the goal is to be ahead.
 */
export const GOALS = [
  { workload: 'one', other: BASELINE, ours: 'f', atLeast: { 1: 1.05, 20: 1.15, 200: 1.15, 1000: 1.05 } },
  { workload: 'one', other: BASELINE, ours: 'g', atLeast: { 1: 1.4, 20: 1.8, 200: 2.7, 1000: 2.3 } },
  { workload: 'one', other: 'c', ours: 'f', atLeast: { 1: 3, 20: 4, 200: 5, 1000: 25 } },
  { workload: 'one', other: 'd', ours: 'f', atLeast: { 1: 5, 20: 3, 200: 1.3, 1000: 1.1 } },
  { workload: 'one', other: 'e', ours: 'g', atLeast: { 1: 1, 20: 1, 200: 1, 1000: 1 } },
  { workload: 'denied', other: 'e', ours: 'f', atLeast: { 1: 1, 20: 1, 200: 1, 1000: 1 } },
  { workload: 'denied', other: 'e', ours: 'g', atLeast: { 1: 1, 20: 1, 200: 1, 1000: 1 } },
  { workload: 'unseen', other: BASELINE, ours: 'g', atLeast: { 1: 0.91, 20: 0.91, 200: 0.91, 1000: 0.91 } },
];

/** A caller who may not see two of the ten fields: by how many times it costs what `one` granted in full costs, at most. */
const DENIED_AT_MOST = { 1: 1.6, 20: 1.3, 200: 1.3, 1000: 1.3 };
export const DENIED_GOALS = [
  { one: 'f', atMost: DENIED_AT_MOST },
  { one: 'g', atMost: DENIED_AT_MOST },
];

/** Greatest ratios of CPU time in a whole server: any other refusal to a forged signature, and a forged signature to an answer. */
export const REFUSAL_GOALS = { othersToForged: 0.5, forgedToAnswered: 1 };

/** A token that was never seen: by how many times it costs what the other costs, at most. */
export const TOKEN_GOALS = [
  { other: 'crypto.verify alone', atMost: 2 },
  { other: 'aws-jwt-verify, same checks', atMost: 1.2 },
];

/** A flood of bad tokens of one kind, outside any server: µs of CPU time for each at most. */
export const FLOOD_GOALS = {
  malformed: 0.05,
  none: 0.3,
  unknownKey: 1.3,
  wrongAudience: 4.9,
  expired: 4.9,
  forged: 30,
};

/** By how many µs of CPU time a policy costs more than itself, for each item at most. */
export const POLICY_GOAL = 1;

/**
 * `atLeast` and `atMost` bound the ratio of `other` to `one` in CPU time of server and PostgreSQL together. Their keys are
 * numbers of reports in a page, `report` for one report and `submit` for its submission.
 */
export const DATABASE_GOALS = [
  { one: 'g', other: 't', atLeast: { 1: 1.4, 20: 1.2, 50: 1.2, report: 1.4 } },
  { one: 'g', other: 'm' },
  { one: 'r', other: 'g', atMost: { 1: 1.6, 20: 1.6, 50: 1.6, report: 1.6, submit: 1.6 } },
  { one: 's', other: 'r' },
];

/** How many times as many requests a second `other` answers as `one`, at least. */
export const RATE_GOALS = [{ one: 't', other: 'g', atLeast: { 1: 1.3, 20: 1.3, 50: 1.3, report: 1.3 } }];

/** `npm start`: milliseconds from its start to ready, megabytes of resident memory when idle. */
export const START_GOALS = { readyMs: 1500, idleMegabytes: 130 };

/**
 * Scale: by how many times the CPU time of a request may grow at most with the number of processes, and with a hundred times as
 * many rows. Ten per cent are what two runs differ.
 */
export const SCALE_GOALS = { processes: 1.1, rows: 1.1 };
