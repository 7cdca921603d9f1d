import { setTimeout as delay } from 'node:timers/promises';

/** PostgreSQL is there and does not answer, or another one takes its place. As `scenarios.mjs`. */
export const DATABASE_SCENARIOS = [
  {
    name: 'frozen database',
    about: 'all processes of PostgreSQL stand still for eight seconds',
    goals: { publicFailed: 0, recoveryMs: 2_000 },
    async run({ database }) {
      database.signal('SIGSTOP');
      await delay(8_000);
      database.signal('SIGCONT');
      return performance.now();
    },
  },
  {
    name: 'black-holed database',
    about: 'for eight seconds, nothing passes between servers and PostgreSQL, and nothing is closed',
    goals: { publicFailed: 0, recoveryMs: 2_000 },
    async run({ database }) {
      database.relay.swallow();
      await delay(8_000);
      database.relay.pass();
      return performance.now();
    },
  },
  {
    name: 'failover',
    about: 'PostgreSQL ends without a word, and a standby with synchronous replication takes its place',
    cluster: { hasStandby: true },
    goals: { publicFailed: 0, recoveryMs: 2_000 },
    async run({ database }) {
      database.failOver();
      return performance.now();
    },
  },
];
