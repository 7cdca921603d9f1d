import { randomUUID } from 'node:crypto';
import type pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { type Answer, outcome, startApi, type TestApi } from '../../support/api.js';
import { EVERY_SIGN_IN } from '../../support/callers.js';
import { openSuperuser } from '../../support/database.js';
import { openClient, type SocketAnswer, type SocketClient, socketUrl, tokenOf } from '../../support/sockets.js';

const REPORTS = '{ expenseReports(first: 1) { totalCount } }';
const PUBLIC = '{ serverInfo { name } }';
const PERSONAS = EVERY_SIGN_IN.filter((signIn) => signIn !== undefined);
const QUEUE = PERSONAS.length;
const WAIT_SECONDS = 1;
const OWN_WAIT_SECONDS = WAIT_SECONDS / 2;
/** A sign-in of each caller, since two apps of one user are one caller. */
const CALLERS = [...new Set(PERSONAS.map((name) => name.split('+')[0] ?? ''))];

describe.each([
  ['GRAPHQL_COMPILED', 'on'],
  ['GRAPHQL_COMPILED', 'off'],
  // Apollo Server answers, as it does where a policy has to judge.
  ['GRAPHQL_FAST_PATH', 'off'],
])('with %s=%s, while the only connection waits for a lock', (setting, value) => {
  let api: TestApi;
  let superuser: pg.Client;
  /** By the sign-in. Undefined is the anonymous client. */
  const clients = new Map<string | undefined, SocketClient>();

  beforeAll(async () => {
    api = await startApi(
      { DATABASE_POOL_SIZE: '1', LIMIT_OPERATION_SECONDS: '300', [setting]: value },
      {
        limits: {
          callerQueue: 1,
          callerQueueSeconds: OWN_WAIT_SECONDS,
          databaseQueue: QUEUE,
          databaseQueueSeconds: WAIT_SECONDS,
        },
      },
    );
    superuser = await openSuperuser(api.database);
    const url = await socketUrl(api);
    for (const signIn of EVERY_SIGN_IN) {
      clients.set(signIn, openClient(url, await tokenOf(api, signIn), { lazy: false }));
    }
    // Known and, where that is asked for, compiled.
    for (let time = 0; time < 4; time += 1) expect(outcome(await api.query('ada', REPORTS))).toBe('200');
  });
  afterAll(async () => {
    for (const client of clients.values()) await client.dispose();
    await superuser.end();
    await api.close();
  });
  // Queues stay full until the test moves the clock.
  beforeEach(async () => {
    await superuser.query('begin; lock table expense_reports in access exclusive mode');
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  });
  afterEach(async () => {
    vi.useRealTimers();
    await superuser.query('rollback');
  });

  /** Asks as callers of their own. */
  const askAsOthers = (count: number) =>
    Array.from({ length: count }, async () => {
      const token = await api.emulator.issueAccessToken('ada', { claims: { oid: randomUUID() } });
      return api.post(`Bearer ${token}`, { query: REPORTS });
    });

  /** Refusals over WebSocket are a list of errors. */
  const askOverSocket = (signIn: string | undefined, query = REPORTS): Promise<SocketAnswer> =>
    (clients.get(signIn) as SocketClient).ask(query).catch((errors) => ({ errors }));

  /** Asks over HTTP and WebSocket, and holds that both are refused for this bound. */
  async function expectRefused(signIn: string, expected: { status: number; code: string; name: string }) {
    const { status, code, name } = expected;
    const [overHttp, overSocket] = await Promise.all([api.query(signIn, REPORTS), askOverSocket(signIn)]);
    const refusal = { code, limit: expect.objectContaining({ name }) };
    expect(overHttp.status).toBe(status);
    expect(overHttp.headers['retry-after']).toMatch(/^\d+$/);
    for (const { errors } of [overHttp.body, overSocket]) expect(errors).toMatchObject([{ extensions: refusal }]);
  }

  const codesOf = (answers: readonly Answer[]) => answers.map(outcome);

  it('each persona beyond its own queue is refused with 429, and what waits is answered when it is free', async () => {
    const holding = askAsOthers(1);
    const waiting: Promise<Answer>[] = [];
    // Of three, one waits for the connection, one for the first of its caller, and one is refused at once.
    for (const signIn of CALLERS) {
      const asked = Array.from({ length: 3 }, () => api.query(signIn, REPORTS));
      expect(outcome(await Promise.race(asked))).toBe('429 RATE_LIMITED');
      await expectRefused(signIn, { status: 429, code: 'RATE_LIMITED', name: 'callerQueue' });
      waiting.push(...asked);
    }
    await superuser.query('rollback');
    expect(codesOf(await Promise.all(holding))).toEqual(['200']);
    const answers = codesOf(await Promise.all(waiting));
    expect(answers.filter((answer) => answer === '200')).toHaveLength((answers.length * 2) / 3);
  });

  it.each([
    ['HTTP', async (signIn: string) => (await api.query(signIn, REPORTS)).body],
    ['WebSocket', (signIn: string) => askOverSocket(signIn)],
  ])('each persona that waits too long for its own requests over %s is refused', async (_transport, ask) => {
    const limitOf = ({ errors }: SocketAnswer) => Object(errors?.[0]?.extensions?.limit).name ?? 'answered';
    const holding = askAsOthers(1);
    const waiting: Promise<SocketAnswer>[] = [];
    for (const signIn of CALLERS) {
      const asked = Array.from({ length: 3 }, () => ask(signIn));
      expect(limitOf(await Promise.race(asked))).toBe('callerQueue');
      waiting.push(...asked);
    }
    vi.advanceTimersByTime(OWN_WAIT_SECONDS * 1000);
    await superuser.query('rollback');
    await holding[0];
    const limits = (await Promise.all(waiting)).map(limitOf);
    const ofEach = ['answered', 'callerQueue', 'callerQueueSeconds'];
    expect(limits.sort()).toEqual(CALLERS.flatMap(() => ofEach).sort());
  });

  it('each persona beyond the queue of all is refused with 503, and what waits too long', async () => {
    // One has the connection, one is refused at once.
    const asked = askAsOthers(QUEUE + 2);
    expect(outcome(await Promise.race(asked))).toBe('503 SERVICE_UNAVAILABLE');
    for (const signIn of PERSONAS) {
      await expectRefused(signIn, { status: 503, code: 'SERVICE_UNAVAILABLE', name: 'databaseQueue' });
    }
    // Anonymous callers reach no database.
    expect(outcome(await api.query(undefined, REPORTS))).toBe('401 UNAUTHENTICATED');
    expect(outcome(await api.query(undefined, PUBLIC))).toBe('200');
    expect((await askOverSocket(undefined, PUBLIC)).errors).toBeUndefined();

    vi.advanceTimersByTime(WAIT_SECONDS * 1000);
    await superuser.query('rollback');
    const answers = await Promise.all(asked);
    expect(codesOf(answers).sort()).toEqual(['200', ...Array(QUEUE + 1).fill('503 SERVICE_UNAVAILABLE')]);
    const limits = answers.flatMap(({ body }) => body.errors?.map(({ extensions }) => extensions.limit.name) ?? []);
    expect(limits.sort()).toEqual(['databaseQueue', ...Array(QUEUE).fill('databaseQueueSeconds')]);
  });
});

it('one more is refused at once when it would wait for longer than LIMIT_DATABASE_WAIT_MS', async () => {
  const busy = await startApi({ DATABASE_POOL_SIZE: '1', LIMIT_DATABASE_WAIT_MS: '10' });
  const refused = new Set<unknown>();
  while (refused.size === 0) {
    const answers = await Promise.all(['erin', 'mia', 'ada', 'finn', 'gus'].map((name) => busy.query(name, REPORTS)));
    for (const { status, headers, body } of answers) {
      if (status === 200) continue;
      refused.add(body.errors?.[0]?.extensions.limit.name);
      expect(headers['retry-after']).toMatch(/^\d+$/);
    }
  }
  expect([...refused]).toEqual(['databaseWaitMs']);
  await busy.close();
});
