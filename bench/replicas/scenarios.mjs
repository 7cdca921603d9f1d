import { setTimeout as delay } from 'node:timers/promises';

/**
 * What breaks, and what may happen then. `run` returns the moment at which the fault was over. Without `goals`, nothing may
 * be wrong, lost or doubled.
 *
 * @type {readonly { name: string, about: string, run(cluster: object): Promise<number>,
 *   goals?: { failed?: number, publicFailed?: number, recoveryMs?: number } }[]}
 */
export const SCENARIOS = [
  {
    name: 'rolling',
    about: 'SIGTERM and a new start of each replica in turn',
    goals: { failed: 0 },
    async run({ replicas }) {
      for (const replica of replicas) {
        const code = await replica.end('SIGTERM');
        if (code !== 0) throw new Error(`a replica ended with code ${code}`);
        await replica.start();
        await delay(1_500);
      }
      return performance.now();
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
];
