import { setTimeout as delay } from 'node:timers/promises';
import { untilAsked } from './balancer.mjs';
import { BOUND_SCENARIOS } from './bound-scenarios.mjs';
import { DATABASE_SCENARIOS } from './database-scenarios.mjs';
import { SUBSCRIBER_SCENARIOS } from './subscriber-scenarios.mjs';

const ROLLING = 'SIGTERM and a new start of each replica in turn';

/**
 * The faults and the errors that each may cause. `run` returns the moment at which the fault was over. `cluster` has options of
 * `startCluster`, `load` those of `startLoad`. `note` adds figures to the table. Beside the `goals`, every scenario requires that
 * nothing is wrong, lost or doubled. Every subscriber must get each change within five seconds after it was stored, or see its
 * subscription end.
 *
 * @type {readonly { name: string, about: string, cluster?: object, load?: object,
 *   run(cluster: object, startMore: (options: object, ms: number) => Promise<void>,
 *     note: (figures: Record<string, number | string>) => void): Promise<number>,
 *   goals?: Record<string, number> }[]} `goals` are the most that a figure may be
 */
export const SCENARIOS = [
  { name: 'rolling', about: ROLLING, goals: { failed: 0 }, run: (cluster) => restartInTurn(cluster) },
  {
    name: 'rolling behind nginx',
    about: `${ROLLING}, behind nginx as docs/operations.md configures it and tells it of each stop`,
    // The default, for which the configuration is made.
    cluster: { balancer: 'nginx', settings: { SHUTDOWN_DELAY_SECONDS: '5' } },
    goals: { failed: 0 },
    run: ({ replicas, url }) =>
      restartInTurn(
        { replicas },
        {
          stopping: ({ port }) => untilAsked(url, (asked) => asked.includes(`:${port}, `)),
          started: ({ port }) => untilAsked(url, (asked) => asked.endsWith(`:${port}`)),
        },
      ),
  },
  {
    name: 'rolling behind TCP',
    about: `${ROLLING}, behind a balancer that knows connections alone`,
    cluster: { balancer: 'tcp' },
    goals: { failedShare: 0.001 },
    run: (cluster) => restartInTurn(cluster),
  },
  {
    name: 'upgrade',
    about:
      'the schema is migrated, then each server of the version before the last migrations gives way to one of this version',
    cluster: { isEarlier: true },
    goals: { failed: 0 },
    async run(cluster) {
      await delay(5_000);
      for (const replica of cluster.replicas) replica.use();
      return restartInTurn(cluster);
    },
  },
  {
    name: 'kill',
    about: 'SIGKILL of each replica in turn',
    goals: { recoveryMs: 2_000 },
    async run({ replicas }) {
      let killedAt = 0;
      for (const replica of replicas) {
        await replica.end('SIGKILL');
        killedAt = performance.now();
        await delay(2_500);
        await replica.start();
        await delay(1_500);
      }
      return killedAt;
    },
  },
  {
    name: 'database restart',
    about: 'PostgreSQL is gone for four seconds',
    goals: { publicFailed: 0, recoveryMs: 2_000 },
    async run({ database }) {
      await database.stop();
      await delay(4_000);
      await database.start();
      return performance.now();
    },
  },
  {
    name: 'killed connections',
    about: 'every database connection of the servers is ended, five times',
    goals: { publicFailed: 0, recoveryMs: 2_000 },
    async run({ database }) {
      for (let time = 0; time < 5; time += 1) {
        await database.query(
          `select pg_terminate_backend(pid) from pg_stat_activity where application_name like 'entra-graphql%'`,
        );
        await delay(1_000);
      }
      return performance.now();
    },
  },
  {
    name: 'provider down',
    about: 'the identity provider answers nothing for ten seconds, then 503, then lies',
    goals: { failed: 0 },
    async run({ emulator }) {
      for (const how of [
        { kind: 'disconnect' },
        { kind: 'answer', status: 503 },
        { kind: 'answer', body: '{"keys":[]}' },
      ]) {
        for (const at of ['metadata', 'keys']) {
          emulator.setFault({ at, ...how });
          await delay(2_000);
        }
      }
      emulator.setFault(undefined);
      return performance.now();
    },
  },
  {
    name: 'provider slow',
    about: 'the identity provider takes three seconds, then answers without JSON, while keys rotate',
    goals: { failed: 0 },
    async run({ emulator }) {
      for (const at of ['metadata', 'keys']) {
        emulator.setFault({ at, kind: 'delay', delayMs: 3_000 });
        await emulator.rotateKeys();
        await delay(4_000);
        emulator.setFault({ at, kind: 'answer', contentType: 'text/html', body: '<html>Sign in</html>' });
        await delay(4_000);
      }
      emulator.setFault(undefined);
      return performance.now();
    },
  },
  {
    name: 'key rotation',
    about: 'a new signing key that was announced, then one that was not',
    goals: { failed: 0 },
    async run({ emulator }) {
      await emulator.rotateKeys();
      await delay(3_000);
      await emulator.rotateKeys();
      await emulator.rotateKeys();
      await delay(3_000);
      return performance.now();
    },
  },
  ...DATABASE_SCENARIOS,
  ...BOUND_SCENARIOS,
  ...SUBSCRIBER_SCENARIOS,
];

/** `tell` has what is done at the balancer when a replica has got its signal, and when it has started again. */
async function restartInTurn({ replicas }, tell) {
  for (const replica of replicas) {
    const ended = replica.end('SIGTERM');
    await tell?.stopping(replica);
    const code = await ended;
    if (code !== 0) throw new Error(`a replica ended with code ${code}`);
    await replica.start();
    await tell?.started(replica);
    await delay(1_500);
  }
  return performance.now();
}
