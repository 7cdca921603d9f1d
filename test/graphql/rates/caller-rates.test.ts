import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type LimitName, limitSetting } from '../../../src/config/limits.js';
import { outcome, type SignIn, startApi, type TestApi } from '../../support/api.js';
import { freePorts, until } from '../../support/command.js';
import { openClient, socketUrl } from '../../support/sockets.js';
import { installRedis, startRedis } from '../../support/stores/redis.js';

const READ = '{ me { kind } }';
const CHANGE = 'mutation { submitExpenseReport(id: "x") { expenseReport { id } } }';

function start(limits: Partial<Record<LimitName, number>>, settings: Record<string, string> = {}): Promise<TestApi> {
  const entries = Object.entries(limits).map(([name, value]) => [limitSetting(name as LimitName), String(value)]);
  return startApi({ ...Object.fromEntries(entries), ...settings });
}

async function outcomes(api: TestApi, times: number, signIn: SignIn, query: string): Promise<string[]> {
  const found: string[] = [];
  for (let time = 0; time < times; time += 1) found.push(outcome(await api.query(signIn, query)));
  return found;
}

describe('requests', () => {
  let api: TestApi;
  beforeAll(async () => {
    api = await start({ callerRequestsPerMinute: 3 });
  });
  afterAll(() => api.close());

  it('of a caller pass up to the bound and not beyond, and others still pass', async () => {
    expect(await outcomes(api, 4, 'erin', READ)).toEqual(['200', '200', '200', '429 RATE_LIMITED']);
    expect(await outcomes(api, 1, 'mia', READ)).toEqual(['200']);
  });

  it('say in standard headers what is left, and when to ask again', async () => {
    const first = await api.query('finn', READ);
    expect(first.headers['ratelimit-policy']).toBe('"caller-requests";q=3;w=60');
    expect(first.headers.ratelimit).toMatch(/^"caller-requests";r=2;t=\d+$/);
    await outcomes(api, 2, 'finn', READ);
    const refused = await api.query('finn', READ);
    expect(refused.headers.ratelimit).toMatch(/^"caller-requests";r=0;t=\d+$/);
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0);
    expect(Number(refused.headers['retry-after'])).toBeLessThanOrEqual(60);
    expect(refused.body.errors?.[0]?.extensions.limit.name).toBe('callerRequestsPerMinute');
  });

  it('without a token count by address', async () => {
    const asked = await outcomes(api, 4, undefined, '{ serverInfo { name } }');
    expect(asked).toEqual(['200', '200', '200', '429 RATE_LIMITED']);
  });

  it('over WebSocket count too', async () => {
    const client = openClient(await socketUrl(api), await api.emulator.issueAccessToken('ada'));
    for (const _time of [1, 2, 3]) await client.ask(READ);
    await expect(client.ask(READ)).rejects.toMatchObject([{ extensions: { code: 'RATE_LIMITED' } }]);
    await client.dispose();
  });
});

it.each(['applicationRequestsPerMinute'] as const)('%s: regardless of who uses the application', async (limit) => {
  const api = await start({ [limit]: 2 });
  expect(await outcomes(api, 1, 'erin', READ)).toEqual(['200']);
  expect(await outcomes(api, 2, 'mia', READ)).toEqual(['200', '429 RATE_LIMITED']);
  expect(await outcomes(api, 1, 'export-job', READ)).toEqual(['200']);
  expect(await outcomes(api, 3, undefined, '{ serverInfo { name } }')).toEqual(['200', '200', '200']);
  await api.close();
});

it.each(['callerCostPerMinute', 'applicationCostPerMinute'] as const)(
  '%s: the cost of operations is bounded, on the fast path too',
  async (limit) => {
    const costly = '{ expenseReports(first: 1) { nodes { id } } }';
    const api = await start({ [limit]: 320 });
    const found = await outcomes(api, 4, 'erin', costly);
    expect(found).toEqual(['200', '200', '200', '429 RATE_LIMITED']);
    await api.close();
  },
);

it.each(['callerMutationsPerMinute', 'applicationMutationsPerMinute'] as const)(
  '%s: mutations are bounded, and queries pass',
  async (limit) => {
    const api = await start({ [limit]: 2 });
    const found = await outcomes(api, 3, 'erin', CHANGE);
    expect(found.slice(0, 2)).not.toContain('429 RATE_LIMITED');
    expect(found[2]).toBe('429 RATE_LIMITED');
    expect(await outcomes(api, 2, 'erin', READ)).toEqual(['200', '200']);
    await api.close();
  },
);

it('each root field of a mutation counts, also in a fragment', async () => {
  const api = await start({ callerMutationsPerMinute: 4 });
  const field = (name: string) => `${name}: submitExpenseReport(id: "x") { expenseReport { id } }`;
  const two = `mutation { ${field('a')} ...B } fragment B on Mutation { ${field('b')} }`;
  const found = await outcomes(api, 3, 'erin', two);
  expect(found.slice(0, 2)).not.toContain('429 RATE_LIMITED');
  expect(found[2]).toBe('429 RATE_LIMITED');
  await api.close();
});

it('while the event loop is late, requests get 503 and when to ask again', async () => {
  const api = await start({ eventLoopDelayMs: 5 });
  const busy = setInterval(() => {
    const end = performance.now() + 80;
    while (performance.now() < end);
  }, 1);
  const ask = () => api.query(undefined, '{ serverInfo { name } }');
  let answer = await ask();
  await until(
    async () => {
      answer = await ask();
      return answer.status === 503;
    },
    () => 'nothing was refused',
  );
  clearInterval(busy);
  expect(answer.headers['retry-after']).toBe('2');
  expect(answer.body.errors?.[0]?.extensions).toMatchObject({
    code: 'SERVICE_UNAVAILABLE',
    limit: { name: 'eventLoopDelayMs' },
  });
  await until(
    async () => (await ask()).status === 200,
    () => 'it does not serve again',
  );
  await api.close();
});

it('without a bound, the headers are left out', async () => {
  const api = await start({ callerRequestsPerMinute: 0 });
  expect((await api.query('erin', READ)).headers).not.toHaveProperty('ratelimit');
  await api.close();
});

it('replicas count together in Redis, and each by itself while Redis is gone', async ({ skip }) => {
  const installed = await installRedis();
  if ('notRun' in installed) return skip(installed.notRun);
  const port = await freePorts();
  const redis = await startRedis(installed.program, port);
  const bounds = { callerRequestsPerMinute: 2 };
  const [one, other] = await Promise.all([
    start(bounds, { REDIS_URL: redis.url }),
    start(bounds, { REDIS_URL: redis.url }),
  ]);
  const client = new Redis(redis.url);
  /** A server counts by itself until it is connected. */
  const isConnected = (api: TestApi, signIn: SignIn, keys: number) => async () => {
    await api.query(signIn, READ);
    return (await client.keys('*')).length === keys;
  };
  await until(isConnected(one, 'ada', 1), () => 'the first server does not count in Redis');
  await until(isConnected(other, 'gus', 2), () => 'the other server does not count in Redis');
  client.disconnect();
  expect(await outcomes(one, 2, 'erin', READ)).toEqual(['200', '200']);
  expect(await outcomes(other, 1, 'erin', READ)).toEqual(['429 RATE_LIMITED']);
  await redis.stop();
  await until(
    () => other.logs.some(({ msg }) => /^Redis cannot be reached/.test(String(msg))),
    () => 'the log does not say that Redis is gone',
  );
  expect(await outcomes(other, 3, 'mia', READ)).toEqual(['200', '200', '429 RATE_LIMITED']);
  await Promise.all([one.close(), other.close()]);
});
