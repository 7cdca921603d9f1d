import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { defaultLimits } from '../../../src/config/limits.js';
import { connectionAdvice } from '../../../src/database/connections/connection-advice.js';
import { createDatabasePassword, createEntraPassword } from '../../../src/database/connections/entra-password.js';

const MINUTE = 60_000;
const url = 'postgres://api@expenses.postgres.database.azure.com/expenses?sslmode=verify-full';

type Answer = { token: string; expiresOnTimestamp: number } | null | Error;

/** An identity whose answers the test gives one by one, and a clock. */
function createIdentity() {
  const asked: { readonly scope: string; readonly answer: (answer: Answer) => void }[] = [];
  const clock = { now: 0 };
  return {
    asked,
    clock,
    now: () => clock.now,
    loadIdentity: async () => ({
      getToken: (scope: string) =>
        new Promise<Exclude<Answer, Error>>((resolve, reject) => {
          asked.push({ scope, answer: (answer) => (answer instanceof Error ? reject(answer) : resolve(answer)) });
        }),
    }),
    /** Waits for the request with this number, which begins at 1, and answers it. */
    async answer(number: number, answer: Answer) {
      await expect.poll(() => asked.length).toBe(number);
      asked[number - 1]?.answer(answer);
    },
  };
}

const token = (name: string, minutes: number) => ({ token: name, expiresOnTimestamp: minutes * MINUTE });

describe('the access token that is the password of the database', () => {
  it('is asked for once, however many connections need it', async () => {
    const identity = createIdentity();
    const password = createEntraPassword({ url, ...identity });
    const all = Promise.all(Array.from({ length: 20 }, password));
    await identity.answer(1, token('one', 60));
    expect(new Set(await all)).toEqual(new Set(['one']));
    expect(await password()).toBe('one');
    expect(identity.asked).toHaveLength(1);
  });

  it.each([
    ['expenses.postgres.database.azure.com', 'https://ossrdbms-aad.database.windows.net/.default'],
    ['10.0.0.4', 'https://ossrdbms-aad.database.windows.net/.default'],
    ['expenses.postgres.database.usgovcloudapi.net', 'https://ossrdbms-aad.database.usgovcloudapi.net/.default'],
    ['expenses.postgres.database.chinacloudapi.cn', 'https://ossrdbms-aad.database.chinacloudapi.cn/.default'],
  ])('is for PostgreSQL in the cloud of %s', async (host, scope) => {
    const identity = createIdentity();
    const asking = createEntraPassword({ url: `postgres://api@${host}/expenses`, ...identity })();
    await identity.answer(1, token('one', 60));
    await asking;
    expect(identity.asked[0]?.scope).toBe(scope);
  });

  it('is renewed in its last five minutes by one request, while connections get the old one', async () => {
    const identity = createIdentity();
    const password = createEntraPassword({ url, ...identity });
    const first = password();
    await identity.answer(1, token('old', 60));
    await first;
    identity.clock.now = 55 * MINUTE - 1;
    expect(await password()).toBe('old');
    expect(identity.asked).toHaveLength(1);
    identity.clock.now = 55 * MINUTE;
    expect(await Promise.all([password(), password(), password()])).toEqual(['old', 'old', 'old']);
    await identity.answer(2, token('new', 120));
    await expect.poll(password).toBe('new');
    expect(identity.asked).toHaveLength(2);
  });

  it('is not used in its last half minute', async () => {
    const identity = createIdentity();
    const password = createEntraPassword({ url, ...identity });
    const first = password();
    await identity.answer(1, token('old', 60));
    await first;
    identity.clock.now = 59.5 * MINUTE;
    const waiting = password();
    await identity.answer(2, token('new', 120));
    expect(await waiting).toBe('new');
  });

  it('stays in use when it cannot be renewed, which is reported, and each new connection tries again', async () => {
    const identity = createIdentity();
    const failures: unknown[] = [];
    const password = createEntraPassword({ url, ...identity, onFailure: (error) => void failures.push(error) });
    const first = password();
    await identity.answer(1, token('old', 60));
    await first;
    identity.clock.now = 57 * MINUTE;
    expect(await password()).toBe('old');
    await identity.answer(2, new Error('connect ECONNREFUSED 169.254.169.254:80'));
    await expect.poll(() => failures).toMatchObject([{ code: 'ENTRA_FAILED' }]);
    expect(await password()).toBe('old');
    await identity.answer(3, token('new', 120));
    await expect.poll(password).toBe('new');
  });

  it('is asked for again after a failure', async () => {
    const identity = createIdentity();
    const password = createEntraPassword({ url, ...identity });
    const [one, other] = [password(), password()];
    await identity.answer(1, new Error('no'));
    await expect(one).rejects.toThrow('no');
    await expect(other).rejects.toThrow('no');
    const again = password();
    await identity.answer(2, token('one', 60));
    expect(await again).toBe('one');
  });

  it('is not asked for where the address has the password', () => {
    expect(createDatabasePassword({ url })).toBeUndefined();
    expect(createDatabasePassword({ url, auth: 'password' })).toBeUndefined();
  });
});

describe('no access token for the database', () => {
  const named = (name: string, message: string, rest: object = {}) =>
    Object.assign(new Error(message), { name, ...rest });
  const unavailable = named('CredentialUnavailableError', 'ManagedIdentityCredential: Network unreachable.\nMessage');
  const refused = named(
    'AuthenticationError',
    'invalid_client: 7000215 - AADSTS7000215: Invalid client secret provided. Trace ID: 11',
    { statusCode: 401 },
  );

  it.each([
    ['a host without an identity', unavailable, 'ENTRA_IDENTITY', /managed or workload identity/],
    [
      'a chain of identities that are not there',
      named('AggregateAuthenticationError', 'ChainedTokenCredential authentication failed.', { errors: [unavailable] }),
      'ENTRA_IDENTITY',
      /managed or workload identity/,
    ],
    ['an identity without a token', null, 'ENTRA_IDENTITY', /managed or workload identity/],
    ['a refused secret', refused, 'ENTRA_REFUSED', /AZURE_/],
    [
      'a refusal in a chain',
      named('AggregateAuthenticationError', 'failed', { errors: [unavailable, refused] }),
      'ENTRA_REFUSED',
      /AZURE_/,
    ],
    [
      'an authority that does not answer',
      named('AuthenticationError', 'EnvironmentCredential failed.', {
        errorResponse: { errorDescription: 'endpoints_resolution_error: See https://aka.ms/msal.js.errors' },
      }),
      'ENTRA_FAILED',
      /endpoint/,
    ],
    ['a failed request', new Error(`getaddrinfo ENOTFOUND\n${'x'.repeat(999)}`), 'ENTRA_FAILED', /endpoint/],
  ])('says what to do about %s, in one short line', async (_what, answer, code, advice) => {
    const identity = createIdentity();
    const asking = createEntraPassword({ url, ...identity })();
    await identity.answer(1, answer);
    const error = await asking.catch((failure: unknown) => failure);
    expect(error).toMatchObject({ name: 'DatabaseIdentityError', code });
    expect(String(error)).toMatch(/^[^\n]{20,160}$/);
    expect(connectionAdvice(error, 'DATABASE_URL')).toMatch(advice);
  });

  it('names the code of a refusal and nothing else of it', async () => {
    const identity = createIdentity();
    const asking = createEntraPassword({ url, ...identity })();
    await identity.answer(1, refused);
    await expect(asking).rejects.toThrow(/^the identity of this host gets no access token \(AADSTS7000215\)$/);
  });

  it('names the rest of a failure, cut to the length of the table', async () => {
    for (const surplus of [0, 1]) {
      const text = 'x'.repeat(defaultLimits.identityMessageLength + surplus);
      const identity = createIdentity();
      const asking = createEntraPassword({ url, ...identity })();
      await identity.answer(1, new Error(`${text}\nmore`));
      await expect(asking).rejects.toMatchObject({ message: `no access token can be had: ${text.slice(surplus)}` });
    }
  });

  it('has the time of the table, and then the connection fails', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    onTestFinished(() => void vi.useRealTimers());
    const { databaseTokenSeconds } = defaultLimits;
    const ask = async (ms: number) => {
      const identity = createIdentity();
      const asking = createEntraPassword({ url, ...identity })().catch((failure: unknown) => failure);
      await expect.poll(() => identity.asked.length).toBe(1);
      await vi.advanceTimersByTimeAsync(ms);
      identity.asked[0]?.answer(token('one', 60));
      return asking;
    };
    expect(await ask(databaseTokenSeconds * 1000 - 1)).toBe('one');
    const error = await ask(databaseTokenSeconds * 1000);
    expect(error).toMatchObject({ code: 'ENTRA_LATE', message: `no access token within ${databaseTokenSeconds} s` });
    expect(connectionAdvice(error, 'DATABASE_URL')).toMatch(/endpoint/);
  });
});
