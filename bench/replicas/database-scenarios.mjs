import { setTimeout as delay } from 'node:timers/promises';
import { watchReadiness } from './readiness.mjs';

/** `READY_WITHOUT_DATABASE_SECONDS`. */
const GRACE_MS = 10_000;

/** PostgreSQL is away for long, is there and does not answer, or another one takes its place. As `scenarios.mjs`. */
export const DATABASE_SCENARIOS = [
  {
    name: 'long database stop',
    about:
      'PostgreSQL is gone for 25 seconds: replicas are degraded for ten, then out of service, and answer what they can',
    goals: { outEarlyMs: 0, outLateMs: 2_000, unansweredPublic: 0, readyAgainMs: 2_000, recoveryMs: 2_000 },
    async run({ database, replicas }, _startMore, note) {
      const readiness = watchReadiness(replicas);
      const stoppedAt = performance.now();
      await database.stop();
      await delay(25_000);
      await database.start();
      const backAt = performance.now();
      note(await readiness.stop({ stoppedAt, backAt, graceMs: GRACE_MS }));
      return backAt;
    },
  },
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
    name: 'half-open database connections',
    about: 'every database connection has ended for PostgreSQL, and servers are not told; new ones work',
    // The first request waits three seconds for one of these connections. The others then leave theirs.
    goals: { publicFailed: 0, recoveryMs: 5_000 },
    async run({ database }) {
      database.relay.leaveHalfOpen();
      const brokenAt = performance.now();
      await delay(10_000);
      return brokenAt;
    },
  },
  {
    name: 'lost database answers',
    about: 'for eight seconds, PostgreSQL gets what servers send, its answers are lost, and nothing is closed',
    goals: { publicFailed: 0, recoveryMs: 2_000 },
    async run({ database }) {
      database.relay.mute();
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
