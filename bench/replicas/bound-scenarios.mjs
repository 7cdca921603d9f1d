import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

/** The machine gives a server too little, or clients ask it for too much. As `scenarios.mjs`. */
export const BOUND_SCENARIOS = [
  {
    name: 'stalled log reader',
    about: 'standard output is a pipe that is never read',
    cluster: { bounds: { log: 'stalled' } },
    goals: { failed: 0 },
    run: () => calm(10_000),
  },
  {
    name: 'full disk',
    about: 'standard output is on a disk that is full',
    cluster: { bounds: { log: '/dev/full' } },
    goals: { failed: 0 },
    run: () => calm(10_000),
  },
  {
    name: '256 file descriptors',
    about: 'a client holds 400 connections to each replica for five seconds, which may have 256 files',
    cluster: { bounds: { files: 256 } },
    goals: { recoveryMs: 2_000 },
    async run({ replicas }) {
      const sockets = replicas.flatMap(({ port }) => Array.from({ length: 400 }, () => connect(port, '127.0.0.1')));
      for (const socket of sockets) socket.on('error', () => undefined);
      await delay(5_000);
      for (const socket of sockets) socket.destroy();
      return performance.now();
    },
  },
  {
    name: 'heap of 128 MB',
    about: 'Node may have 128 MB for its objects',
    cluster: { bounds: { node: ['--max-old-space-size=128'] } },
    load: { loops: 24, pauseMs: 60 },
    goals: { failed: 0 },
    run: () => calm(15_000),
  },
  {
    name: 'a tenth of a core',
    about: 'one of the replicas runs 10 ms of every 100',
    goals: { toldMs: Number.POSITIVE_INFINITY, toldAgainMs: Number.POSITIVE_INFINITY },
    async run({ replicas: [slow] }) {
      for (let cycle = 0; cycle < 100; cycle += 1) {
        process.kill(slow.pid(), 'SIGSTOP');
        await delay(90);
        process.kill(slow.pid(), 'SIGCONT');
        await delay(10);
      }
      return performance.now();
    },
  },
  {
    name: 'overload',
    about: '300 callers ask one server without a pause, and again after 100 ms when they are refused',
    cluster: { replicas: 1, balancer: 'none' },
    goals: {
      p99Ms: 2_000,
      failedP99Ms: 2_000,
      toldMs: Number.POSITIVE_INFINITY,
      toldAgainMs: Number.POSITIVE_INFINITY,
    },
    async run(_cluster, startMore) {
      // A server is rarely flooded before its code was compiled.
      await startMore({ loops: 20, pauseMs: 0, isManyCallers: true }, 5_000);
      await startMore({ loops: 300, pauseMs: 0, isManyCallers: true }, 10_000);
      return performance.now();
    },
  },
];

async function calm(ms) {
  await delay(ms);
  return performance.now();
}
