import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { WebSocket } from '../../node_modules/ws/wrapper.mjs';
import { residentBytes } from '../database/process-cpu.mjs';
import { freePort } from '../harness/free-port.mjs';
import { startCluster } from '../replicas/cluster.mjs';
import { startLoad } from '../replicas/load.mjs';
import { openLiveHeap } from './live-heap.mjs';

const SAMPLE_MS = 2_000;
/** Garbage is collected this often, to measure what is alive. */
const COLLECT_MS = 20_000;
/** A server looks for a key that it does not know once a minute for an address, and all of this comes from one. */
const ROTATE_MS = 90_000;
const SUBSCRIBERS = 20;
/** A connection of a subscriber lives this long. */
const CONNECTED_MS = 10_000;
/** The last third may have so much more than the middle one. */
const MOST_MEMORY = 1.05;
const MOST_HANDLES = 1.1;

const { values } = parseArgs({ options: { minutes: { type: 'string', default: '15' } } });
const endsAt = performance.now() + Number(values.minutes) * 60_000;
const isOver = () => performance.now() > endsAt;

const inspectorPort = await freePort();
/** The heap of a container, as docs/operating.md recommends it. Without a bound, V8 collects when it likes. */
const node = ['--max-old-space-size=384', `--inspect=127.0.0.1:${inspectorPort}`];
const log = join(tmpdir(), `entra-graphql-soak-${process.pid}.log`);
const cluster = await startCluster({
  replicas: 1,
  balancer: 'none',
  bounds: { node, log },
  // Each request has a new token. The memory of tokens is to be full before the middle third begins.
  settings: { LIMIT_VERIFIED_TOKENS: '500' },
});
const [server] = cluster.replicas;
const liveHeap = await openLiveHeap(inspectorPort);
const events = { received: 0, connections: 0, refused: 0 };
let outcome;
try {
  const load = startLoad(cluster);
  const work = [rotate(), ...Array.from({ length: SUBSCRIBERS }, subscribeAgainAndAgain)];
  const samples = await takeSamples();
  await Promise.all(work);
  outcome = { ...(await load.stop()), samples };
} finally {
  await cluster.stop();
}
report(outcome);

async function rotate() {
  for (let next = performance.now() + ROTATE_MS; !isOver(); await delay(500)) {
    if (performance.now() < next) continue;
    await cluster.emulator.rotateKeys();
    next += ROTATE_MS;
  }
}

async function subscribeAgainAndAgain() {
  while (!isOver()) {
    const token = await cluster.emulator.issueAccessToken('ada');
    const socket = new WebSocket(`${cluster.url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws');
    const send = (message) => socket.send(JSON.stringify(message));
    socket.on('error', () => {
      events.refused += 1;
    });
    socket.on('open', () => send({ type: 'connection_init', payload: { authorization: `Bearer ${token}` } }));
    socket.on('message', (text) => {
      const { type } = JSON.parse(String(text));
      if (type === 'connection_ack') {
        events.connections += 1;
        const query = 'subscription { expenseReportChanged { id title author { name } } }';
        send({ id: '1', type: 'subscribe', payload: { query } });
      }
      if (type === 'next') events.received += 1;
      if (type === 'error') events.refused += 1;
      if (type === 'ping') send({ type: 'pong' });
    });
    await delay(CONNECTED_MS * (0.5 + Math.random()));
    socket.terminate();
  }
}

async function takeSamples() {
  const samples = [];
  let live = await liveHeap.measure();
  for (let next = performance.now() + COLLECT_MS; !isOver(); ) {
    await delay(SAMPLE_MS);
    if (performance.now() > next) {
      live = await liveHeap.measure();
      next += COLLECT_MS;
    }
    const pid = server.pid();
    samples.push({ bytes: residentBytes(pid), live, handles: readdirSync(`/proc/${pid}/fd`).length });
  }
  liveHeap.close();
  return samples;
}

function report({ samples, requests, failed, failures, wrong, changes, lost, doubled }) {
  const third = Math.floor(samples.length / 3);
  const medianOf = (figure, part) => {
    const sorted = samples
      .slice(part * third, (part + 1) * third)
      .map((sample) => sample[figure])
      .sort((a, b) => a - b);
    return sorted[Math.floor(sorted.length / 2)];
  };
  const memory = medianOf('bytes', 2) / medianOf('bytes', 1);
  const live = medianOf('live', 2) / medianOf('live', 1);
  const handles = medianOf('handles', 2) / medianOf('handles', 1);
  const { crashes } = server;
  console.table({
    minutes: Number(values.minutes),
    requests,
    'failed requests': failed,
    'wrong answers': wrong.length,
    changes,
    lost,
    doubled,
    'subscriber connections': events.connections,
    'events received': events.received,
    'subscriptions refused': events.refused,
    'resident memory, middle third (MB)': Math.round(medianOf('bytes', 1) / 1e6),
    'resident memory, last third (MB)': Math.round(medianOf('bytes', 2) / 1e6),
    'live heap, middle third (MB)': Math.round(medianOf('live', 1) / 1e5) / 10,
    'live heap, last third (MB)': Math.round(medianOf('live', 2) / 1e5) / 10,
    'file descriptors, middle third': medianOf('handles', 1),
    'file descriptors, last third': medianOf('handles', 2),
  });
  const faults = [
    ...crashes.map((crash) => `the server ended: ${crash}`),
    ...wrong.slice(0, 5),
    ...[...failures].map(([code, count]) => `${count} requests failed: ${code}`),
    ...(events.refused > 0 ? [`${events.refused} subscriptions were refused`] : []),
    ...(events.received === 0 ? ['no subscriber was sent a change'] : []),
    ...(lost + doubled > 0 ? [`${lost} changes were lost and ${doubled} stored twice`] : []),
    ...(memory > MOST_MEMORY
      ? [`the memory of the last third is ${memory.toFixed(2)} times that of the middle one`]
      : []),
    ...(live > MOST_MEMORY
      ? [`the live heap of the last third is ${live.toFixed(2)} times that of the middle one`]
      : []),
    ...(handles > MOST_HANDLES
      ? [`there are ${handles.toFixed(2)} times as many file descriptors in the last third`]
      : []),
  ];
  for (const fault of faults) console.log(`FAULT ${fault}`);
  if (faults.length > 0) for (const [line, count] of warnings()) console.log(`${count} lines: ${line}`);
  rmSync(log);
  process.exitCode = faults.length > 0 ? 1 : 0;
}

/** Counts what the server's log warns of, without what is another in each line. */
function warnings() {
  const counts = new Map();
  for (const line of readFileSync(log, 'utf8').split('\n')) {
    if (!/"level":[456]0/.test(line)) continue;
    const { msg, code, reason, err } = JSON.parse(line);
    const text = JSON.stringify({ msg, code, reason, err: err?.message });
    counts.set(text, (counts.get(text) ?? 0) + 1);
  }
  return [...counts].sort((a, b) => b[1] - a[1]).slice(0, 20);
}
