import { setTimeout as delay } from 'node:timers/promises';

const PROBE_MS = 200;
/** Needs no database. */
const PUBLIC = {
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: '{"query":"{ serverInfo { name } }"}',
};
/** Replicas have this long to be ready again. */
const LAST_MS = 30_000;

/**
 * Asks every replica, past the balancer, for `/readyz` and for a field that needs no database.
 *
 * @param {readonly { port: number }[]} replicas
 */
export function watchReadiness(replicas) {
  const probes = [];
  let unansweredPublic = 0;
  let isOver = false;
  const watch = async ({ port }) => {
    while (!isOver) {
      const isReady = (await ask(port, '/readyz')) !== undefined;
      probes.push({ port, at: performance.now(), isReady });
      const answer = await ask(port, '/graphql', PUBLIC);
      if (answer?.data?.serverInfo?.name === undefined) unansweredPublic += 1;
      await delay(PROBE_MS);
    }
  };
  const watching = replicas.map(watch);
  return {
    /**
     * Ends when all replicas are ready again.
     *
     * @param {{ stoppedAt: number, backAt: number, graceMs: number }} database when it stopped and came back, and for how long replicas may
     *   be ready without it
     * @returns how much too early and too late a replica went out of service, and when the last one was ready again
     */
    async stop({ stoppedAt, backAt, graceMs }) {
      const first = (isIt) =>
        replicas.map(
          ({ port }) => probes.find((one) => one.port === port && isIt(one))?.at ?? Number.POSITIVE_INFINITY,
        );
      const lastReadyAt = () => Math.max(...first(({ at, isReady }) => isReady && at > backAt));
      while (lastReadyAt() === Number.POSITIVE_INFINITY && performance.now() - backAt < LAST_MS) await delay(PROBE_MS);
      isOver = true;
      await Promise.all(watching);
      const outAfter = first(({ isReady }) => !isReady).map((at) => at - stoppedAt);
      return {
        outEarlyMs: Math.max(0, Math.round(graceMs - Math.min(...outAfter))),
        outLateMs: Math.max(0, Math.round(Math.max(...outAfter) - graceMs)),
        readyAgainMs: Math.round(lastReadyAt() - backAt),
        unansweredPublic,
      };
    },
  };
}

/** @returns the JSON of an answer with a status of success */
async function ask(port, path, options) {
  const answer = await fetch(`http://127.0.0.1:${port}${path}`, options).catch(() => undefined);
  const body = await answer?.json();
  return answer?.ok ? body : undefined;
}
