import { spawnSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { outcome, startApi, type TestApi } from '../../support/api.js';
import { askAgain, TIMES_AGAIN } from '../../support/execution/ask-again.js';
import { findDebianProgram } from '../../support/processes/debian-program.js';
import { openClient, refusedWith, socketUrl } from '../../support/sockets.js';

const METRICS_TOKEN = 'c2NyYXBlIG1lLCBpZiB5b3UgY2Fu';
const APPROVE = 'mutation { approveExpenseReport(id: "x") { expenseReport { id } } }';

async function scrape({ app }: TestApi, authorization?: string) {
  return app.inject({ url: '/metrics', headers: authorization ? { authorization } : {} });
}

/** Each series of ours with its value. */
async function series(api: TestApi): Promise<Record<string, number>> {
  const { body } = await scrape(api, `Bearer ${METRICS_TOKEN}`);
  return Object.fromEntries(
    [...body.matchAll(/^entra_graphql_(\S+) (\d+)$/gm)].map(([, name = '', value]) => [name, Number(value)]),
  );
}

/** By how much each count rose while something was done. */
async function rises(api: TestApi, act: () => Promise<unknown>): Promise<Record<string, number>> {
  const before = await series(api);
  await act();
  const after = Object.entries(await series(api)).map(([name, value]) => [name, value - (before[name] ?? 0)] as const);
  const isCount = (name: string) => name.includes('_total{') && !name.startsWith('cache_');
  return Object.fromEntries(after.filter(([name, rise]) => isCount(name) && rise !== 0));
}

let api: TestApi;
beforeAll(async () => {
  api = await startApi({ METRICS_TOKEN });
});
afterAll(() => api.close());

describe('/metrics', () => {
  it('is not there without a token for it', async () => {
    const closed = await startApi();
    expect((await scrape(closed, `Bearer ${METRICS_TOKEN}`)).statusCode).toBe(404);
    await closed.close();
  });

  it.each([undefined, 'Bearer ', `Bearer ${METRICS_TOKEN}x`, METRICS_TOKEN, `Basic ${METRICS_TOKEN}`])(
    'is closed to the credential %s',
    async (authorization) => {
      const { statusCode, headers, body } = await scrape(api, authorization);
      expect([statusCode, headers['www-authenticate']]).toEqual([401, 'Bearer']);
      expect(body).not.toContain('entra_graphql_');
    },
  );

  it('is closed to an access token of the API', async () => {
    const token = await api.emulator.issueAccessToken('ada');
    expect((await scrape(api, `Bearer ${token}`)).statusCode).toBe(401);
  });

  it("has the text format of Prometheus, and the process's own metrics", async () => {
    const { headers, body } = await scrape(api, `Bearer ${METRICS_TOKEN}`);
    expect(headers['content-type']).toMatch(/^text\/plain; version=0\.0\.4/);
    expect(headers['cache-control']).toBe('no-store');
    expect(body).toMatch(/^process_resident_memory_bytes \d+$/m);
    expect(body).toMatch(/^nodejs_eventloop_lag_p99_seconds \S+$/m);
  });

  it("passes the checks of Prometheus's own linter", async ({ skip }) => {
    const promtool = await findDebianProgram('prometheus', 'promtool');
    if (!promtool) return skip('promtool comes from a package of Debian, and apt-get cannot download it here');
    const { body } = await scrape(api, `Bearer ${METRICS_TOKEN}`);
    const { status, stdout, stderr } = spawnSync(promtool, ['check', 'metrics'], { input: body, encoding: 'utf8' });
    expect({ status, output: stdout + stderr }).toEqual({ status: 0, output: '' });
  });

  it('has denials from the beginning, so that the first one is seen as a rise', async () => {
    const fresh = await startApi({ METRICS_TOKEN });
    expect(await series(fresh)).toMatchObject({
      'denied_fields_total{code="UNAUTHENTICATED"}': 0,
      'denied_fields_total{code="FORBIDDEN"}': 0,
      'denied_fields_total{code="INSUFFICIENT_CLAIMS"}': 0,
      'refused_operations_total{code="FORBIDDEN"}': 0,
    });
    await fresh.close();
  });

  it('does not count itself and other probes', async () => {
    expect(await rises(api, () => api.app.inject('/healthz'))).toEqual({});
  });
});

describe('what is counted', () => {
  it('an application that is let in, by its kind', async () => {
    const rise = await rises(api, () => api.query('export-job', '{ me { kind } }'));
    expect(rise).toMatchObject({ 'admitted_requests_total{kind="app-only"}': 1 });
  });

  it('an answered request, by its status', async () => {
    expect(await rises(api, () => api.query('erin', '{ me { kind } }'))).toEqual({
      'admitted_requests_total{kind="delegated"}': 1,
      'http_requests_total{status="200"}': 1,
    });
  });

  it('an operation that did not run, and the reason of its refusal', async () => {
    expect(await rises(api, () => api.query('erin', APPROVE))).toEqual({
      'admitted_requests_total{kind="delegated"}': 1,
      'http_requests_total{status="403"}': 1,
      'refused_operations_total{code="FORBIDDEN"}': 1,
      'denied_fields_total{code="FORBIDDEN"}': 1,
    });
  });

  it('one that needs a caller and has none', async () => {
    expect(await rises(api, () => api.query(undefined, '{ me { kind } }'))).toEqual({
      'admitted_requests_total{kind="anonymous"}': 1,
      'http_requests_total{status="401"}': 1,
      'refused_operations_total{code="UNAUTHENTICATED"}': 1,
      'denied_fields_total{code="UNAUTHENTICATED"}': 1,
    });
  });

  it('a denied field of an answer, once for each place in the query', async () => {
    const query = '{ expenseReports(first: 3) { nodes { a: riskScore b: riskScore } } }';
    expect(await rises(api, () => api.query('erin', query))).toEqual({
      'admitted_requests_total{kind="delegated"}': 1,
      'http_requests_total{status="200"}': 1,
      'denied_fields_total{code="FORBIDDEN"}': 2,
    });
  });

  it('a bad token, by its code', async () => {
    expect(await rises(api, () => api.post('Bearer bad', { query: '{ me { kind } }' }))).toEqual({
      'http_requests_total{status="401"}': 1,
      'refused_tokens_total{code="TOKEN_NOT_COMPACT"}': 1,
    });
  });

  it('a bad token of a WebSocket', async () => {
    const client = openClient(await socketUrl(api), 'bad');
    expect(await rises(api, () => refusedWith(client.ask('{ me { kind } }').catch(() => [])))).toEqual({
      'refused_tokens_total{code="TOKEN_NOT_COMPACT"}': 1,
    });
    await client.dispose();
  });

  it('no label is a text of the client', async () => {
    await api.post('Bearer a"}\n.b.c', { query: `query Mine { nothing_of_the_schema }`, operationName: 'Mine' });
    const { body } = await scrape(api, `Bearer ${METRICS_TOKEN}`);
    expect(body).not.toMatch(/nothing_of|Mine|a\\?"\}/);
  });
});

it.each(['off', 'on'])('counts the same however often a query is asked, GRAPHQL_COMPILED=%s', async (compiled) => {
  const own = await startApi({ METRICS_TOKEN, GRAPHQL_COMPILED: compiled });
  for (const query of ['{ me { kind } }', '{ expenseReports(first: 1) { nodes { riskScore } } }', '{ nothing }']) {
    const first = await rises(own, () => own.query('erin', query));
    const others = await rises(own, () => askAgain(own, 'erin', query));
    const times = Object.entries(first).map(([name, rise]) => [name, rise * TIMES_AGAIN]);
    expect(others).toEqual(Object.fromEntries(times));
    expect(times).not.toEqual([]);
  }
  await own.close();
});

describe('what is measured', () => {
  it('no bound, before any request', async () => {
    const own = await startApi({ METRICS_TOKEN });
    expect(Object.keys(await series(own)).filter((name) => name.startsWith('limits_hit'))).toEqual([]);
    await own.close();
  });

  it('an operation by name, type and outcome', async () => {
    await api.query('erin', 'query Named { me { kind } }');
    await api.query('erin', 'query Named { expenseReports(first: 1) { nodes { riskScore } } }');
    const { body } = await scrape(api, `Bearer ${METRICS_TOKEN}`);
    const count = (outcome: string) =>
      `entra_graphql_operation_duration_seconds_count{operation="Named",type="query",outcome="${outcome}"} 1`;
    expect(body).toContain(count('ok'));
    expect(body).toContain(count('denied'));
  });

  it('a bound that refuses, by its name', async () => {
    const tooMuch = `mutation { ${Array.from({ length: 30 }, (_, index) => `a${index}: submitExpenseReport(id: "x") { expenseReport { id } }`).join(' ')} }`;
    const { body } = await api.query('erin', tooMuch);
    const name = body.errors?.[0]?.extensions.limit.name;
    expect(await rises(api, () => api.query('erin', tooMuch))).toMatchObject({
      [`limits_hit_total{limit="${name}"}`]: 1,
    });
  });

  it('lookups of caches, answered and not', async () => {
    const authorization = `Bearer ${await api.emulator.issueAccessToken('erin')}`;
    const before = await series(api);
    for (let time = 0; time < 5; time += 1) await api.post(authorization, { query: 'query Cached { me { kind } }' });
    const after = await series(api);
    const rise = (name: string) => (after[name] ?? 0) - (before[name] ?? 0);
    expect(rise('cache_misses_total{cache="verified_tokens"}')).toBe(1);
    expect(rise('cache_hits_total{cache="verified_tokens"}')).toBe(4);
    // The first two times, Apollo Server does all, and it may be asked a third time.
    expect(rise('cache_misses_total{cache="documents"}')).toBe(2);
    expect(rise('cache_hits_total{cache="validated_queries"}')).toBeGreaterThanOrEqual(2);
  });

  it('connections, sockets and caches', async () => {
    const now = await series(api);
    expect(Object.keys(now)).toEqual(
      expect.arrayContaining([
        'database_connections{state="idle"}',
        'database_connections{state="used"}',
        'database_connections_max',
        'database_waiting',
        'websockets{client="verified"}',
        'subscriptions',
        'operations_running',
        'operations_waiting',
        'cache_bytes{cache="documents"}',
      ]),
    );
    expect(now.database_connections_max).toBe(10);
    const { body } = await scrape(api, `Bearer ${METRICS_TOKEN}`);
    expect(body).toMatch(/^entra_graphql_signing_keys_age_seconds\{version="2\.0"\} \S+$/m);
  });

  it('denials by coordinate, if that is on', async () => {
    const counting = await startApi({ METRICS_TOKEN, METRICS_DENIED_COORDINATES: 'on' });
    const query = '{ expenseReports(first: 1) { nodes { riskScore } } }';
    expect(await rises(counting, () => counting.query('erin', query))).toMatchObject({
      'denied_coordinates_total{coordinate="ExpenseReport.riskScore"}': 1,
    });
    await counting.close();
    expect(Object.keys(await series(api)).filter((name) => name.includes('coordinate'))).toEqual([]);
  });
});

describe('the signing keys', () => {
  it('are ready', async () => {
    expect(await series(api)).toMatchObject({ signing_keys_ready: 1 });
  });

  it('are not while the provider cannot be reached, and a token that cannot be judged is counted so', async () => {
    const cutOff = await startApi({ METRICS_TOKEN, ENTRA_INSTANCE: 'http://127.0.0.1:9' });
    expect(await series(cutOff)).toMatchObject({ signing_keys_ready: 0 });
    const rise = await rises(cutOff, async () =>
      expect(outcome(await cutOff.query('erin', '{ me { kind } }'))).toBe('503 SERVICE_UNAVAILABLE'),
    );
    expect(rise).toEqual({
      'http_requests_total{status="503"}': 1,
      'refused_tokens_total{code="SIGNING_KEYS_UNAVAILABLE"}': 1,
    });
    await cutOff.close();
  });
});

it('in report mode counts what would have been denied', async () => {
  const reporting = await startApi({ METRICS_TOKEN, AUTHORIZATION_MODE: 'report' });
  expect(await rises(reporting, () => reporting.query('erin', APPROVE))).toEqual({
    'admitted_requests_total{kind="delegated"}': 1,
    'http_requests_total{status="200"}': 1,
    'denied_fields_total{code="FORBIDDEN"}': 1,
  });
  const { body } = await scrape(reporting, `Bearer ${METRICS_TOKEN}`);
  expect(body).toContain('that would have been denied');
  await reporting.close();
});
