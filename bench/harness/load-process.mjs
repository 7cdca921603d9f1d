// The client, in a process of its own: a fixed number of requests over kept connections, each checked for its status
// and length.
import { setTimeout as delay } from 'node:timers/promises';
import { Pool } from 'undici';
import { serveParent } from './child-process.mjs';

const CONNECTIONS = 16;
/**
 * How often a request is sent again that a busy server refuses. None where figures count: a turn with refusals would measure something
 * else.
 */
const { repeats = 0 } = JSON.parse(process.argv[2]);
const pools = new Map();

serveParent({}, run);

/**
 * @param {{ address: string, bodies: string[], tokens: string[], count: number, expected: { status: number, bytes: number },
 *   atOnce?: number }} job bodies and tokens are sent in turn; `atOnce` requests are under way at a time, by default one on each
 *   connection
 * @returns {Promise<{ seconds: number }>}
 */
async function run(job) {
  const { origin, pathname } = new URL(job.address);
  const pool = pools.get(origin) ?? new Pool(origin, { connections: CONNECTIONS, pipelining: 1 });
  pools.set(origin, pool);
  let sent = 0;
  const work = async () => {
    while (sent < job.count) {
      const [token, body] = [job.tokens, job.bodies].map((list) => list[sent % list.length]);
      sent += 1;
      const ask = () => send(pool, pathname, body, token);
      let answer = await ask();
      for (let again = 0; again < repeats && isRefusedForNow(answer); again += 1) {
        await delay(answer.retryAfter * 1000);
        answer = await ask();
      }
      check(answer, job.expected);
    }
  };
  const startedAt = performance.now();
  const rest = stayAwake();
  try {
    await Promise.all(Array.from({ length: job.atOnce ?? CONNECTIONS }, work));
  } finally {
    rest();
  }
  return { seconds: (performance.now() - startedAt) / 1000 };
}

/**
 * Keeps this process from sleeping while it waits: to wake another core of a virtual machine is dear, and the system counts
 * it as the server's time. A client of a real server is on another machine.
 */
function stayAwake() {
  let immediate = setImmediate(function again() {
    immediate = setImmediate(again);
  });
  return () => clearImmediate(immediate);
}

/** Whether the server says that nothing ran and when to ask again. */
function isRefusedForNow({ status, retryAfter }) {
  return status === 503 && retryAfter > 0;
}

/** @returns {Promise<{ status: number, bytes: number, beginning: string, retryAfter: number }>} `retryAfter`: seconds, or NaN */
function send(pool, path, body, token) {
  return new Promise((resolve, reject) => {
    const answer = { status: 0, bytes: 0, beginning: '', retryAfter: Number.NaN };
    pool.dispatch(
      {
        path,
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
        body,
      },
      {
        onRequestStart: () => {},
        onResponseStart: (_controller, status, headers) => {
          answer.status = status;
          answer.retryAfter = Number(headers['retry-after']);
        },
        onResponseData: (_controller, chunk) => {
          answer.bytes += chunk.length;
          if (answer.status !== 200) answer.beginning += chunk;
        },
        onResponseEnd: () => resolve(answer),
        onResponseError: (_controller, error) => reject(error),
      },
    );
  });
}

function check({ status, bytes, beginning }, expected) {
  if (status === expected.status && bytes === expected.bytes) return;
  throw new Error(
    `answered ${status} with ${bytes} bytes instead of ${expected.status} with ${expected.bytes} bytes ${beginning.slice(0, 200)}`,
  );
}
