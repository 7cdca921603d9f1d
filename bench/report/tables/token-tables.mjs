import { decimal, verdict, whole } from '../figures.mjs';
import { FLOOD_GOALS, TOKEN_GOALS } from '../goals.mjs';
import { median, pairedRatio, summarize, withSpread } from '../statistics.mjs';

export const BAD_TOKENS = {
  malformed: 'malformed',
  none: '`none`',
  unknownKey: 'unknown kid',
  wrongAudience: 'wrong audience',
  expired: 'expired',
  forged: 'forged',
};

export function tokenTable({ tokens }) {
  const alone = tokens.rows.find(({ name }) => name === 'crypto.verify alone');
  const rows = tokens.rows
    .filter(({ what }) => what === 'miss' || what === 'hit')
    .sort((one, other) => median(one.cpu) - median(other.cpu))
    .map(({ name, what, cpu }) => [
      name,
      what === 'hit' ? 'seen before' : 'first time',
      withSpread(summarize(cpu), decimal),
      decimal(pairedRatio(alone.cpu, cpu).median),
    ]);
  return {
    title: 'One token, outside any server: µs of CPU time',
    head: ['', 'token', 'median (lowest–highest)', 'times crypto.verify'],
    rows,
  };
}

/** A token that was never seen, beside what it is compared with, round by round. */
export function tokenGoalsTable({ tokens }) {
  const cpuOf = (wanted) => tokens.rows.find(({ name, what }) => name === wanted && what === 'miss').cpu;
  return {
    title: 'Goals: CPU time of a token that was never seen ÷ that of the other',
    head: ['', 'ours ÷ the other', 'goal'],
    rows: TOKEN_GOALS.map(({ other, atMost }) => {
      const { median: ratio } = pairedRatio(cpuOf(other), cpuOf('entra-graphql'));
      return [other, decimal(ratio), `≤ ${atMost}${verdict(ratio <= atMost)}`];
    }),
  };
}

export function tokenRefusalTable({ tokens }) {
  return {
    title: 'Refusing one token, outside any server: µs of CPU time',
    head: ['', ...Object.values(BAD_TOKENS)],
    rows: ['entra-graphql', 'jsonwebtoken + jwks-rsa'].map((name) => [name, ...badTokenCells(tokens, name)]),
  };
}

export function floodTable({ tokens }) {
  return {
    title: 'A flood of one bad token, outside any server: µs of CPU time each time',
    head: ['', ...Object.values(BAD_TOKENS)],
    rows: [
      ['goal', ...Object.keys(BAD_TOKENS).map((kind) => String(FLOOD_GOALS[kind]))],
      ['the checks', ...badTokenCells(tokens, 'flood, checks alone', FLOOD_GOALS)],
      ['with reading the Authorization header', ...badTokenCells(tokens, 'flood')],
    ],
  };
}

/** @param {Partial<typeof FLOOD_GOALS>} [goals] cells above theirs are marked */
function badTokenCells({ rows }, name, goals = {}) {
  return Object.keys(BAD_TOKENS).map((kind) => {
    const row = rows.find((one) => one.name === name && one.what === kind);
    return row ? `${decimal(median(row.cpu))}${verdict(!(median(row.cpu) > goals[kind]))}` : '–';
  });
}

export function tokenMemoryTable({ tokenMemory: { cacheSize, bytesOfEntry, residentMegabytes } }) {
  const { empty, full, after } = residentMegabytes;
  return {
    title: `Memory of ${whole(cacheSize)} verified tokens`,
    head: ['', 'bytes a token', 'resident, empty, MB', 'full, MB', `after ${whole(10 * cacheSize)} tokens, MB`],
    rows: [['entra-graphql', ...[bytesOfEntry, empty, full, after].map(whole)]],
  };
}
