import { cpuBetween } from './process-cpu.mjs';

/**
 * Sends requests and notes what they cost.
 *
 * @param {{ server: { ask(question: 'usage'): Promise<{ cpuMicroseconds: number }> }, load: object, database: object, job: object }} what
 *   `job` as the load process takes it
 * @returns `{ cpu, postgresCpu?, rate }`: microseconds of CPU time of the server and of PostgreSQL for each request, and requests a
 *   second
 */
export async function measureJob({ server, load, database, job }) {
  const before = { server: await server.ask('usage'), postgres: database.readCpu?.() };
  const { seconds } = await load.ask(job);
  const after = { server: await server.ask('usage'), postgres: database.readCpu?.() };
  return {
    cpu: (after.server.cpuMicroseconds - before.server.cpuMicroseconds) / job.count,
    ...(before.postgres && { postgresCpu: cpuBetween(before.postgres, after.postgres) / job.count }),
    rate: job.count / seconds,
  };
}
