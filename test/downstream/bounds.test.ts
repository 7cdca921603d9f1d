import { setImmediate } from 'node:timers/promises';
import { LRUCache } from 'lru-cache';
import { expect, it, onTestFinished, vi } from 'vitest';
import { AUTHENTICATION_LIMITS } from '../../src/authentication/limits.js';
import type { DownstreamToken, TokenQuestion } from '../../src/downstream/acquire-token.js';
import { DOWNSTREAM_LIMITS } from '../../src/downstream/limits.js';
import { createOutageReport } from '../../src/downstream/outage-report.js';
import { DownstreamBusyError, DownstreamUnavailableError } from '../../src/downstream/token-errors.js';
import { createTokenMemory } from '../../src/downstream/token-memory.js';
import { createTransport } from '../../src/downstream/transport.js';

const at = {
  clientId: 'api',
  instance: 'https://login.example',
  credential: { kind: 'secret', secret: 'not one' },
} as const;
const question: TokenQuestion = { at, tenantId: 'tenant', scopes: ['scope'], for: { kind: 'application' } };

/** A memory whose tokens are as told, and how often it asked for one. */
function memoryOf(acquire: () => Promise<DownstreamToken>) {
  const clock = { nowMs: 0, asked: 0 };
  const memory = createTokenMemory({
    acquire: () => {
      clock.asked += 1;
      return acquire();
    },
    maxTokens: 10,
    now: () => clock.nowMs,
  });
  return { clock, memory, getToken: memory.get };
}

it('remembers tokens within the bytes that it may take', async () => {
  const bytes = DOWNSTREAM_LIMITS.downstreamTokenBytes.default;
  const askedFor = async (length: number) => {
    const { clock, getToken } = memoryOf(async () => ({ accessToken: 'x'.repeat(length), expiresAtMs: 3_600_000 }));
    for (const key of ['one', 'other', 'one']) await getToken(key, question);
    return clock.asked;
  };
  expect([await askedFor(bytes / 2 - 700), await askedFor(bytes / 2)]).toEqual([2, 3]);
});

it('finds a refused token without looking through the others, and asks again for all that it was got for', async () => {
  const { clock, memory } = memoryOf(async () => ({ accessToken: 'the same', expiresAtMs: 3_600_000 }));
  const scans = vi.spyOn(LRUCache.prototype, 'entries');
  for (const key of ['one', 'other', 'one']) await memory.get(key, question);
  memory.forget('another');
  for (const key of ['one', 'other']) await memory.get(key, question);
  expect(clock.asked).toBe(2);
  memory.forget('the same');
  for (const key of ['one', 'other']) await memory.get(key, question);
  expect([clock.asked, scans.mock.calls.length]).toEqual([4, 0]);
  scans.mockRestore();
});

it('remembers a failure for so long', async () => {
  const { clock, getToken } = memoryOf(() => Promise.reject(new DownstreamUnavailableError('down')));
  const ask = () => getToken('key', question).catch((error: unknown) => Object(error).extensions.code);
  expect(await ask()).toBe('SERVICE_UNAVAILABLE');
  clock.nowMs = DOWNSTREAM_LIMITS.downstreamFailureSeconds.default * 1000 - 1;
  expect([await ask(), clock.asked]).toEqual(['SERVICE_UNAVAILABLE', 1]);
  clock.nowMs += 1;
  expect([await ask(), clock.asked]).toEqual(['SERVICE_UNAVAILABLE', 2]);
});

it('remembers so many failures, and forgets the one that was not used for longest', async () => {
  const most = DOWNSTREAM_LIMITS.downstreamFailures.default;
  const { clock, getToken } = memoryOf(() => Promise.reject(new DownstreamUnavailableError('down')));
  const ask = (key: string) => getToken(key, question).catch(() => undefined);
  for (let key = 0; key < most; key += 1) await ask(`${key}`);
  await ask('0');
  expect(clock.asked).toBe(most);
  for (const key of ['one more', '0', '1']) await ask(key);
  expect(clock.asked).toBe(most + 2);
});

it('does not remember that too many requests were under way, since nothing was sent', async () => {
  const { clock, getToken } = memoryOf(() => Promise.reject(new DownstreamBusyError('too many')));
  const ask = () => getToken('key', question).catch((error: unknown) => Object(error).extensions.code);
  expect([await ask(), await ask(), clock.asked]).toEqual(['SERVICE_UNAVAILABLE', 'SERVICE_UNAVAILABLE', 2]);
});

it('reads answers of so many bytes', async () => {
  const maxBytes = DOWNSTREAM_LIMITS.downstreamAnswerBytes.default;
  const read = (bytes: number) => {
    const body = `{"a":"${'x'.repeat(bytes - 8)}"}`;
    const transport = createTransport(async () => new Response(body), {
      timeoutMs: 5_000,
      maxBytes,
      maxRequests: 1,
      maxOfCaller: 1,
      maxWaitingOfCaller: 0,
      signal: new AbortController().signal,
    });
    return transport('https://graph.microsoft.com/v1.0/me', { method: 'GET', headers: {} });
  };
  expect((await read(maxBytes)).status).toBe(200);
  await expect(read(maxBytes + 1)).rejects.toBeInstanceOf(DownstreamUnavailableError);
});

it('waits so long for an answer', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  onTestFinished(() => void vi.useRealTimers());
  const timeoutMs = DOWNSTREAM_LIMITS.downstreamMilliseconds.default;
  const ask = async (answerAfterMs: number) => {
    const answering = (_address: string, { signal }: { readonly signal: AbortSignal }) =>
      new Promise<Response>((resolve, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason));
        setTimeout(() => resolve(new Response('{}')), answerAfterMs);
      });
    const transport = createTransport(answering, {
      timeoutMs,
      maxBytes: 10,
      maxRequests: 1,
      maxOfCaller: 1,
      maxWaitingOfCaller: 0,
      signal: new AbortController().signal,
    });
    const asking = transport('https://graph.microsoft.com/v1.0/me', { method: 'GET', headers: {} });
    const outcome = asking.then(({ status }) => status).catch((error: unknown) => error);
    await vi.advanceTimersByTimeAsync(timeoutMs);
    return outcome;
  };
  expect(await ask(timeoutMs - 1)).toBe(200);
  expect(await ask(timeoutMs + 1)).toBeInstanceOf(DownstreamUnavailableError);
});

it('lets a caller have so many requests under way and so many that wait, and others have theirs', async () => {
  const { callerDownstreamRequests, callerDownstreamQueue } = DOWNSTREAM_LIMITS;
  const most = callerDownstreamRequests.default;
  const answers: (() => void)[] = [];
  const transport = createTransport(() => new Promise((resolve) => answers.push(() => resolve(new Response('{}')))), {
    timeoutMs: 60_000,
    maxBytes: 10,
    maxRequests: most + 1,
    maxOfCaller: most,
    maxWaitingOfCaller: callerDownstreamQueue.default,
    signal: new AbortController().signal,
  });
  const ask = (caller: string) =>
    transport('https://graph.microsoft.com/v1.0/me', { method: 'GET', headers: {}, caller });
  const asked = Array.from({ length: most + callerDownstreamQueue.default }, () => ask('one'));
  await expect(ask('one')).rejects.toBeInstanceOf(DownstreamUnavailableError);
  expect(answers).toHaveLength(most);
  const other = ask('other');
  await setImmediate();
  expect(answers).toHaveLength(most + 1);
  answers.pop()?.();
  expect((await other).status).toBe(200);
  for (let ended = 0; ended < asked.length; ended += 1) {
    answers.shift()?.();
    await setImmediate();
  }
  expect((await Promise.all(asked)).every(({ status }) => status === 200)).toBe(true);
});

it('writes a line a minute about an outage, which counts those between', () => {
  const lines: unknown[] = [];
  const clock = { nowMs: 0 };
  const report = createOutageReport({ warn: (fields, message) => lines.push([fields, message]) }, () => clock.nowMs);
  const everyMs = AUTHENTICATION_LIMITS.reportSeconds.default * 1000;
  for (const nowMs of [0, 1, everyMs - 1, everyMs, everyMs + 1]) {
    clock.nowMs = nowMs;
    report(new Error('graph.microsoft.com answered 503'));
  }
  const message = 'another API is unavailable';
  const cause = 'graph.microsoft.com answered 503';
  expect(lines).toEqual([
    [{ cause }, message],
    [{ cause, leftOut: 2 }, message],
  ]);
});
