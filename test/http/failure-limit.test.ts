import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { emulatorSettings } from '../../src/expenses/sample-data/emulator-settings.js';
import { startApi, type TestApi } from '../support/api.js';

const LIMIT = 3;
const QUERY = { query: '{ me { objectId } }' };
let api: TestApi;
let clients = 0;

beforeAll(async () => {
  api = await startApi({ RATE_LIMIT_FAILURES_PER_MINUTE: String(LIMIT), TRUST_PROXY: '10.0.0.0/8' });
});
afterAll(() => api.close());
afterEach(() => {
  vi.useRealTimers();
});

/** Returns an address that has not sent a request before. */
function freshAddress(): string {
  clients += 1;
  return `192.0.2.${clients}`;
}

interface From {
  readonly address: string;
  readonly authorization?: string | undefined;
  readonly forwardedFor?: string;
}

async function call({ address, authorization, forwardedFor }: From) {
  const { statusCode, headers, body } = await api.app.inject({
    method: 'POST',
    url: '/graphql',
    remoteAddress: address,
    headers: { ...(authorization && { authorization }), ...(forwardedFor && { 'x-forwarded-for': forwardedFor }) },
    payload: QUERY,
  });
  return { status: statusCode, headers, code: JSON.parse(body).errors?.[0].extensions.code };
}

/** Statuses of so many calls, one after the other. */
async function statuses(count: number, from: From | ((index: number) => From)): Promise<number[]> {
  const seen: number[] = [];
  for (let index = 0; index < count; index += 1) {
    seen.push((await call(typeof from === 'function' ? from(index) : from)).status);
  }
  return seen;
}

const bad = 'Bearer not-a-token';
const good = async () => `Bearer ${await api.emulator.issueAccessToken('erin')}`;

describe('an address from which bad tokens come', () => {
  it('is answered up to the limit, then 429 with Retry-After and a code', async () => {
    const address = freshAddress();
    expect(await statuses(LIMIT, { address, authorization: bad })).toEqual([401, 401, 401]);
    const { status, headers, code } = await call({ address, authorization: bad });
    expect({ status, code }).toEqual({ status: 429, code: 'RATE_LIMITED' });
    expect(Number(headers['retry-after'])).toBeGreaterThan(0);
    expect(Number(headers['retry-after'])).toBeLessThanOrEqual(60);
    expect(headers).not.toHaveProperty('www-authenticate');
  });

  it.each([
    ['malformed requests', 400, async () => 'Bearer'],
    [
      'tokens without any permission',
      403,
      async () => `Bearer ${await api.emulator.issueAccessToken('erin', { claims: { scp: undefined } })}`,
    ],
  ])('counts %s', async (_what, status, authorization) => {
    const from = { address: freshAddress(), authorization: await authorization() };
    expect(await statuses(LIMIT + 1, from)).toEqual([status, status, status, 429]);
  });

  it('may try again when the minute is over', async () => {
    const from = { address: freshAddress(), authorization: bad };
    await statuses(LIMIT, from);
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 59_000 });
    expect((await call(from)).status).toBe(429);
    vi.setSystemTime(Date.now() + 2_000);
    expect((await call(from)).status).toBe(401);
  });

  it('still gets a good token verified that is new', async () => {
    const address = freshAddress();
    await statuses(LIMIT + 1, { address, authorization: bad });
    expect((await call({ address, authorization: await good() })).status).toBe(200);
  });
});

describe('the log', () => {
  // The line of each request has the code too.
  const lines = () => api.logs.filter(({ code, msg }) => code === 'RATE_LIMITED' && msg !== 'request');
  const linesOf = async (run: () => Promise<unknown>) => {
    const before = lines().length;
    await run();
    return lines().slice(before);
  };
  const powerless = async () => `Bearer ${await api.emulator.issueAccessToken('erin', { claims: { scp: undefined } })}`;

  it('has one line of an address in a minute, with what is known of its last token', async () => {
    const { tenants, api: registration } = emulatorSettings;
    const authorization = await powerless();
    const from = { address: freshAddress(), authorization };
    const seen = await linesOf(() => statuses(LIMIT + 5, from));
    expect(seen).toEqual([
      expect.objectContaining({
        code: 'RATE_LIMITED',
        hint: expect.stringContaining('TRUST_PROXY'),
        retryAfterSeconds: expect.any(Number),
        reqId: expect.any(String),
        kid: expect.any(String),
        tid: tenants[0].id,
        ver: '2.0',
        aud: registration.clientId,
        uti: expect.any(String),
      }),
    ]);
    for (const part of authorization.slice('Bearer '.length).split('.')) {
      expect(JSON.stringify(seen)).not.toContain(part);
    }
  });

  it('has no line while the address has failures left', async () => {
    const from = { address: freshAddress(), authorization: bad };
    expect(await linesOf(() => statuses(LIMIT - 1, from))).toEqual([]);
  });

  it('has one line though all come at once', async () => {
    const from = { address: freshAddress(), authorization: bad };
    const flood = () => Promise.all(Array.from({ length: LIMIT * 5 }, () => call(from)));
    expect(await linesOf(flood)).toHaveLength(1);
  });

  it('has another line in another minute', async () => {
    const from = { address: freshAddress(), authorization: bad };
    expect(await linesOf(() => statuses(LIMIT + 1, from))).toHaveLength(1);
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 61_000 });
    expect(await linesOf(() => statuses(LIMIT + 1, from))).toHaveLength(1);
  });
});

describe('others', () => {
  it('at the same address go on with a token that is known to be good', async () => {
    const address = freshAddress();
    const known = { address, authorization: await good() };
    expect((await call(known)).status).toBe(200);
    await statuses(LIMIT + 1, { address, authorization: bad });
    expect((await call(known)).status).toBe(200);
  });

  it('at the same address go on without a token', async () => {
    const address = freshAddress();
    await statuses(LIMIT, { address, authorization: bad });
    expect((await call({ address })).status).toBe(401);
  });

  it('at another address notice nothing', async () => {
    await statuses(LIMIT + 1, { address: freshAddress(), authorization: bad });
    expect((await call({ address: freshAddress(), authorization: bad })).status).toBe(401);
    expect((await call({ address: freshAddress(), authorization: await good() })).status).toBe(200);
  });

  it('behind a trusted proxy are distinguished by what it says', async () => {
    const through = (forwardedFor: string) => ({ address: '10.1.2.3', authorization: bad, forwardedFor });
    await statuses(LIMIT, through(freshAddress()));
    expect((await call(through(freshAddress()))).status).toBe(401);
  });
});

it('a client that is not a proxy cannot say that it is another', async () => {
  const address = freshAddress();
  const lying = (index: number) => ({ address, authorization: bad, forwardedFor: `198.51.100.${index}` });
  expect(await statuses(LIMIT + 1, lying)).toEqual([401, 401, 401, 429]);
});

it('one network of IPv6 is one address', async () => {
  const within = (index: number) => ({ address: `2001:db8:1:1::${index + 1}`, authorization: bad });
  expect(await statuses(LIMIT + 1, within)).toEqual([401, 401, 401, 429]);
  expect((await call({ address: '2001:db8:1:2::1', authorization: bad })).status).toBe(401);
});

it('good calls are not counted', async () => {
  const from = { address: freshAddress(), authorization: await good() };
  expect(new Set(await statuses(LIMIT * 3, from))).toEqual(new Set([200]));
});

it('a provider that cannot be reached is not the fault of the client', async () => {
  const cut = await startApi({ RATE_LIMIT_FAILURES_PER_MINUTE: '1', ENTRA_INSTANCE: 'http://127.0.0.1:9' });
  const authorization = await good();
  const answers = [await cut.post(authorization, QUERY), await cut.post(authorization, QUERY)];
  await cut.close();
  expect(answers.map(({ status }) => status)).toEqual([503, 503]);
});

it('the limit can be turned off', async () => {
  const open = await startApi({ RATE_LIMIT_FAILURES_PER_MINUTE: '0' });
  const answers: number[] = [];
  for (let index = 0; index < 70; index += 1) answers.push((await open.post(bad, QUERY)).status);
  await open.close();
  expect(new Set(answers)).toEqual(new Set([401]));
});
