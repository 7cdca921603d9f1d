import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { setImmediate } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type StepCount, startStepCount } from '../support/execution/count-steps.js';
import { sendRaw } from '../support/raw-http.js';
import { openSocket, until } from '../support/sockets.js';
import { startTextServer, type TextServer } from '../support/text-server.js';

// What hostile headers, tokens and frames cost as they grow, without a clock: steps of the code, bytes of answers and of the
// log. Documents and variables are in `requests/`, and `bench/hostile` has CPU time.

/** Greatest factor for a doubled input: a greater one is out of proportion. */
const TWICE = 2.2;
/** How far two requests may differ for reasons other than their size, such as postponed work or a longer number. */
const SLACK = { steps: 150, answerBytes: 20, logBytes: 100 } as const;
/** Any refusal of what is beyond a bound, and what the log says of it. */
const REFUSAL_BYTES = 2_500;
/** Steps of a refusal that closes a connection. */
const REFUSAL_STEPS = 4_000;

type Cost = Readonly<Record<keyof typeof SLACK, number>>;
const NO_COST: Cost = { steps: 0, answerBytes: 0, logBytes: 0 };

interface Kind {
  /** The smallest size. Four doublings of it are within all bounds. */
  readonly first: number;
  /** Beyond a bound nothing grows. */
  readonly isBounded: boolean;
}

let server: TextServer;
let steps: StepCount;
beforeAll(async () => {
  // Blocks are counted of code that has not run yet.
  steps = await startStepCount();
  server = await startTextServer({
    TRUST_PROXY: '127.0.0.1,10.0.0.0/8',
    RATE_LIMIT_FAILURES_PER_MINUTE: '100000',
  });
  for (const { make } of Object.values(REQUESTS)) for (let time = 0; time < 4; time += 1) await send(await make(1));
});
afterAll(async () => {
  await steps?.stop();
  await server?.close();
});

/** A request with lines of headers. */
function post(...lines: string[]): string {
  const body = '{"query":"{__typename}"}';
  const head = ['Host: api', 'Content-Type: application/json', `Content-Length: ${body.length}`, 'Connection: close'];
  return ['POST /graphql HTTP/1.1', ...head, ...lines, '', body].join('\r\n');
}

const many = (count: number, text: (at: number) => string) => Array.from({ length: count }, (_, at) => text(at));
const withToken = async (claims: Record<string, unknown>) =>
  post(`Authorization: Bearer ${await server.emulator.issueAccessToken('erin', { claims })}`);
const roles = (count: number) => ({ roles: many(count, (at) => `r${at}`) });
const others = (count: number) => Object.fromEntries(many(count, (at) => `c${at}`).map((name) => [name, 1]));
const REFUSED = { aud: 'api://other' };

/** Each makes a request with so many of something, and another token each time. */
const REQUESTS: Readonly<Record<string, Kind & { make(size: number): string | Promise<string> }>> = {
  headers: { first: 12, isBounded: true, make: (size) => post(...many(size, (at) => `a${at}: b`)) },
  'addresses in X-Forwarded-For': {
    first: 100,
    isBounded: true,
    make: (size) => post(`X-Forwarded-For: ${many(size, () => '10.0.0.1').join()}`),
  },
  'media types in Accept': {
    first: 6,
    isBounded: true,
    make: (size) => post(`Accept: ${[...many(size, (at) => `a/b;q=0.${at % 10}`), '*/*'].join()}`),
  },
  'roles in a token that is refused': {
    first: 60,
    isBounded: true,
    make: (size) => withToken({ ...roles(size), ...REFUSED }),
  },
  'roles in a token that is accepted': { first: 60, isBounded: true, make: (size) => withToken(roles(size)) },
  'other claims in a token that is refused': {
    first: 14,
    isBounded: true,
    make: (size) => withToken({ ...others(size), ...REFUSED }),
  },
  'other claims in a token that is accepted': { first: 14, isBounded: true, make: (size) => withToken(others(size)) },
};

const PING = '{"type":"ping"}';
/** A frame as a client sends it, masked by zeros. */
function frame(text: string, { opcode = 1, isFinal = true } = {}): Buffer {
  const length = text.length > 125 ? [0xfe, text.length >> 8, text.length & 255] : [0x80 | text.length];
  return Buffer.concat([Buffer.from([(isFinal ? 0x80 : 0) | opcode, ...length, 0, 0, 0, 0]), Buffer.from(text)]);
}

function split(bytes: Buffer, count: number): Buffer[] {
  const size = Math.ceil(bytes.length / Math.max(1, count));
  return many(Math.ceil(bytes.length / size), String).map((_, at) => bytes.subarray(at * size, (at + 1) * size));
}

/** Each makes the packets of a client with so many of something. */
const FRAMES: Readonly<Record<string, Kind & { make(size: number): readonly Buffer[]; pongs?(size: number): number }>> =
  {
    'fragments of a message': {
      first: 3,
      isBounded: true,
      make: (size) => [
        Buffer.concat([
          ...many(size, String).map((_, at) => frame(' ', { opcode: at === 0 ? 1 : 0, isFinal: false })),
          frame(PING, { opcode: size === 0 ? 1 : 0 }),
        ]),
      ],
    },
    'parts of a frame': { first: 14, isBounded: true, make: (size) => split(frame(PING.padEnd(2_000)), size) },
    messages: {
      first: 30,
      isBounded: false,
      make: (size) => [Buffer.concat(many(size, String).map(() => frame(PING)))],
      pongs: (size) => size,
    },
  };

/** Sends a request, and returns the bytes of its answer. */
async function send(bytes: string): Promise<number> {
  const { text, closed } = await sendRaw(server.port, bytes);
  expect(closed).toBe(true);
  return text.length;
}

/** Opens a WebSocket of a caller of its own, and returns what hands packets to the server's end of it. */
async function openFed() {
  const accepted = once(server.app.server, 'connection');
  const connection = openSocket(`ws://127.0.0.1:${server.port}/graphql`);
  const [stream]: Socket[] = await accepted;
  await connection.opened;
  const token = await server.emulator.issueAccessToken('erin', { claims: { oid: randomUUID() } });
  connection.send({ type: 'connection_init', payload: { authorization: `Bearer ${token}` } });
  await connection.received('connection_ack');
  /** Returns the bytes that came back. */
  const feed = async (packets: readonly Buffer[], pongs: number) => {
    const { socket, messages } = connection;
    for (const packet of packets) {
      stream?.emit('data', packet);
      await setImmediate();
    }
    await until(() => socket.readyState === socket.CLOSED || messages.length - 1 === pongs);
    return JSON.stringify(messages.slice(1)).length;
  };
  return { feed, end: () => connection.socket.terminate() };
}

interface Work {
  /** Returns the bytes of the answer. */
  run(): Promise<number>;
  end?(): void;
}

/** Does the work of each size twice, and returns the less of both. */
async function costsOf(sizes: readonly number[], prepare: (size: number) => Promise<Work>): Promise<Cost[]> {
  const works: Work[] = [];
  // Before anything is counted, as the emulator that issues tokens has steps too.
  for (const size of [...sizes, ...sizes]) works.push(await prepare(size));
  const costs: Cost[] = [];
  await steps.take();
  for (const { run } of works) {
    const lines = server.logs.length;
    const answerBytes = await run();
    const logBytes = JSON.stringify(server.logs.slice(lines)).length;
    costs.push({ answerBytes, logBytes, steps: await steps.take() });
  }
  for (const { end } of works) end?.();
  return sizes.map((_, at) => less(costs[at], costs[at + sizes.length]));
}

function less(one = NO_COST, other = NO_COST): Cost {
  return {
    steps: Math.min(one.steps, other.steps),
    answerBytes: Math.min(one.answerBytes, other.answerBytes),
    logBytes: Math.min(one.logBytes, other.logBytes),
  };
}

async function expectProportion({ first, isBounded }: Kind, prepare: (size: number) => Promise<Work>): Promise<void> {
  const sizes = [0, first, 2 * first, 4 * first, 8 * first, 16 * first];
  const beyond = isBounded ? [32 * first, 64 * first] : [];
  const costs = await costsOf([...sizes, ...beyond], prepare);
  const [none = NO_COST, ...grown] = costs.slice(0, sizes.length);
  for (const [name, slack] of Object.entries(SLACK) as [keyof Cost, number][]) {
    const more = grown.map((cost) => cost[name] - none[name]);
    for (const [at, cost] of more.slice(1).entries()) {
      expect(cost, `${name}: ${more}`).toBeLessThanOrEqual(TWICE * Math.max(0, more[at] ?? 0) + slack);
    }
  }
  const most = grown.at(-1)?.steps ?? 0;
  expect(most, 'the steps depend on the size').toBeGreaterThan(none.steps + SLACK.steps);
  const refused = costs.slice(sizes.length);
  for (const { steps: ofRefusal, answerBytes, logBytes } of refused) {
    expect(ofRefusal).toBeLessThanOrEqual(Math.max(TWICE * most, REFUSAL_STEPS));
    expect(answerBytes + logBytes).toBeLessThan(REFUSAL_BYTES);
  }
  expect(refused[1]?.steps ?? 0).toBeLessThanOrEqual((refused[0]?.steps ?? 0) + SLACK.steps);
}

describe('four doublings never cost more than twice as much, and nothing more beyond a bound:', () => {
  it.each(Object.entries(REQUESTS))('%s', async (_name, kind) => {
    await expectProportion(kind, async (size) => {
      const bytes = await kind.make(size);
      return { run: () => send(bytes) };
    });
  });

  it.each(Object.entries(FRAMES))('%s', async (_name, kind) => {
    const { make, pongs = () => 1 } = kind;
    await expectProportion(kind, async (size) => {
      const { feed, end } = await openFed();
      const packets = make(size);
      return { run: () => feed(packets, pongs(size)), end };
    });
  });
});
