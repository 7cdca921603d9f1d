import { randomBytes, randomUUID } from 'node:crypto';
import { Redis } from 'ioredis';
import { decodeJwt } from 'jose';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { DelegatedCaller } from '../../src/authentication/caller.js';
import type { Fetch } from '../../src/authentication/fetch/bounded-fetch.js';
import { createRevocationList, type Revocation } from '../../src/authentication/revocations/revocation-list.js';
import { createDownstream } from '../../src/downstream/downstream.js';
import type { DownstreamOptions } from '../../src/downstream/downstream-options.js';
import { DOWNSTREAM_LIMITS } from '../../src/downstream/limits.js';
import { createRedisTokens } from '../../src/downstream/redis-tokens.js';
import { createTokenSeal } from '../../src/downstream/sealed-tokens.js';
import type { Emulator } from '../../src/emulator/emulator.js';
import { API, OPTIONS, startTestEmulator } from '../emulator/emulator-fixture.js';
import { freePorts, until } from '../support/command.js';
import { installRedis, type RedisServer, startRedis } from '../support/stores/redis.js';
import { userOfToken } from './user-of-token.js';

const READ = 'https://graph.microsoft.com/User.Read';
const SECRET = 'not a secret: api';
const key = randomBytes(32);

let emulator: Emulator;
let installed: Awaited<ReturnType<typeof installRedis>>;
beforeAll(async () => {
  const client = { kind: 'confidential', clientId: API, name: 'API', secret: SECRET, consents: [READ] } as const;
  [emulator, installed] = await Promise.all([
    startTestEmulator({ clients: [...OPTIONS.clients, client] }),
    installRedis(),
  ]);
}, 300_000);
afterAll(() => emulator.close());

const asksForTokens = () => emulator.requests.filter(({ path }) => path.endsWith('/token')).length;

/** A server of the API, and what a user with this token gets from it. */
function serverWith(options: Partial<DownstreamOptions> = {}) {
  const credential = { kind: 'secret', secret: SECRET } as const;
  const downstream = createDownstream({ clientId: API, instance: emulator.instance, credential, ...options });
  const get = (token: string) => downstream.of(callerOf(token), () => token).accessToken({ scopes: [READ] });
  return { get, close: () => downstream.close() };
}

function callerOf(token: string): DelegatedCaller {
  const { iat, uti } = decodeJwt(token);
  return userOfToken(token, { claims: { iat: Number(iat), uti: String(uti) } });
}

/** Revocations of everything that concerns the token. */
function revocationsOf(token: string): readonly Revocation[] {
  const { objectId, clientId, claims } = callerOf(token);
  const beforeSeconds = (claims.iat ?? 0) + 1;
  return [
    { kind: 'user', id: objectId, beforeSeconds },
    { kind: 'client', id: clientId, beforeSeconds },
    { kind: 'token', id: String(claims.uti), beforeSeconds: Number.POSITIVE_INFINITY },
  ];
}

/** The token that the same user gets with a later sign-in. */
const later = async (persona = 'writer') => {
  const iat = Math.floor(Date.now() / 1000) + 30;
  return emulator.issueAccessToken(persona, { claims: { iat } });
};

describe('a token that was got with a revoked one', () => {
  it.each(['user', 'client', 'token'])('is dropped from memory by revoking the %s', async (kind) => {
    const revocations = createRevocationList();
    revocations.replace([]);
    const server = serverWith({ revocations });
    const token = await emulator.issueAccessToken('writer');
    const first = await server.get(token);
    expect(await server.get(await later())).toBe(first);
    revocations.replace(revocationsOf(token).filter((one) => one.kind === kind));
    const next = await server.get(await later());
    expect(next).not.toBe(first);
    revocations.lose();
    expect(await server.get(await later())).toBe(next);
    server.close();
  });

  it('is not used even where the source does not say when something changes', async () => {
    const revocations = createRevocationList();
    const { revokedBefore } = revocations;
    const server = serverWith({ revocations: { revokedBefore } });
    const token = await emulator.issueAccessToken('writer');
    const first = await server.get(token);
    revocations.replace(revocationsOf(token).slice(0, 1));
    expect(await server.get(await later())).not.toBe(first);
    server.close();
  });

  it('stays where the revoked one is of another user', async () => {
    const revocations = createRevocationList();
    const server = serverWith({ revocations });
    const first = await server.get(await emulator.issueAccessToken('reader'));
    revocations.replace(revocationsOf(await emulator.issueAccessToken('writer')).slice(0, 1));
    expect(await server.get(await emulator.issueAccessToken('reader'))).toBe(first);
    server.close();
  });
});

describe('a seal', () => {
  const token = { accessToken: 'the token', expiresAtMs: 7, issuedAtSeconds: 5, tokenId: 'uti' };
  const seal = createTokenSeal(key);

  it('opens under its own key and name alone', () => {
    const sealed = seal.seal('name', token);
    expect(seal.open('name', sealed)).toEqual(token);
    expect(createTokenSeal(Buffer.from(key)).open('name', sealed)).toEqual(token);
    expect(seal.open('another name', sealed)).toBeUndefined();
    expect(createTokenSeal(randomBytes(32)).open('name', sealed)).toBeUndefined();
  });

  it('is another one each time, and breaks with every bit', () => {
    const sealed = seal.seal('name', token);
    expect(seal.seal('name', token)).not.toBe(sealed);
    const bytes = Buffer.from(sealed, 'base64');
    for (let at = 0; at < bytes.length; at += 1) {
      const changed = Buffer.from(bytes);
      changed[at] = (changed[at] ?? 0) ^ 1;
      expect(seal.open('name', changed.toString('base64'))).toBeUndefined();
    }
  });

  it.each(['', 'x', 'AAAA', '%', 'A'.repeat(200)])('does not open %j', (text) => {
    expect(seal.open('name', text)).toBeUndefined();
  });

  it.each([{}, { accessToken: 7 }, { accessToken: 'x', expiresAtMs: '7' }, { accessToken: 'x', expiresAtMs: 7 }])(
    'does not take %j for a token',
    (other) => {
      expect(seal.open('name', seal.seal('name', other as typeof token))).toBeUndefined();
    },
  );

  it('names the same key in the same way, and says nothing about it', () => {
    expect(seal.nameOf('user and scopes')).toBe(createTokenSeal(Buffer.from(key)).nameOf('user and scopes'));
    expect(seal.nameOf('user and scopes')).toMatch(/^[\w-]{43}$/);
    expect(seal.nameOf('user and scopes')).not.toBe(createTokenSeal(randomBytes(32)).nameOf('user and scopes'));
  });
});

describe('servers with one Redis', () => {
  let server: RedisServer;
  let redis: Redis;
  const warnings: string[] = [];
  const warn = (reason: string) => void warnings.push(reason);
  const shared = (secret = key) => ({ shared: { url: server.url, secret, warn } });
  beforeAll(async () => {
    if ('notRun' in installed) return;
    server = await startRedis(installed.program, await freePorts());
    redis = new Redis(server.url).on('error', () => undefined);
  });
  afterAll(async () => {
    redis?.disconnect();
    await server?.stop();
  });
  beforeEach(async ({ skip }) => {
    if ('notRun' in installed) return skip(installed.notRun);
    await redis.flushall();
  });

  /** A server whose connection to Redis is there: a token that it gets is found in Redis. */
  async function connected(options: Partial<DownstreamOptions> = shared()) {
    const made = serverWith(options);
    // Another client each time, so that the token is not remembered.
    await untilStored(async () => made.get(await emulator.issueAccessToken('guest', { clientId: randomUUID() })));
    return made;
  }
  /** Gets new tokens until one is found in Redis. */
  async function untilStored(getNewToken: () => Promise<unknown>) {
    const before = await redis.dbsize();
    await until(
      async () => {
        await getNewToken();
        return (await redis.dbsize()) > before;
      },
      () => 'the server does not reach Redis',
    );
  }
  const stored = async () => (await redis.keys('*')).sort();

  it('ask Entra once, and Redis sees neither token nor user', async () => {
    const [one, other] = [await connected(), await connected()];
    await redis.flushall();
    const token = await emulator.issueAccessToken('writer');
    const before = asksForTokens();
    const first = await one.get(token);
    await until(
      async () => (await stored()).length === 1,
      () => 'nothing is stored',
    );
    expect([await other.get(await later()), asksForTokens() - before]).toEqual([first, 1]);
    const [name = ''] = await stored();
    const value = String(await redis.get(name));
    expect(name).toMatch(/^entra-graphql:downstream:[\w-]{43}$/);
    expect(Buffer.from(value, 'base64').toString('latin1')).not.toMatch(/eyJ|accessToken|User\.Read|0d0d0d0d/);
    const life = await redis.pttl(name);
    expect([life > 0, life <= 3_600_000 + 300_000]).toEqual([true, true]);
    for (const each of [one, other]) each.close();
  });

  it('do not use an entry that has another key, was moved from another user, is too long or is not a token', async () => {
    const [one, other, foreign] = [await connected(), await connected(), await connected(shared(randomBytes(32)))];
    await redis.flushall();
    const first = await one.get(await emulator.issueAccessToken('writer'));
    await until(
      async () => (await stored()).length === 1,
      () => 'nothing is stored',
    );
    const [name = ''] = await stored();
    const sealed = String(await redis.get(name));
    expect(await foreign.get(await emulator.issueAccessToken('writer'))).not.toBe(first);

    const reader = await emulator.issueAccessToken('reader');
    await redis.flushall();
    const readers = await one.get(reader);
    await until(
      async () => (await stored()).length === 1,
      () => 'nothing is stored',
    );
    const [readersName = ''] = await stored();
    for (const value of [sealed, 'x', 'A'.repeat(DOWNSTREAM_LIMITS.sharedTokenLength.default + 1)]) {
      await redis.set(readersName, value);
      const fresh = await connected();
      const got = await fresh.get(reader);
      expect([got === first, got === readers, decodeJwt(got).oid]).toEqual([false, false, decodeJwt(reader).oid]);
      fresh.close();
    }
    for (const each of [one, other, foreign]) each.close();
  });

  it('are stored and read up to so many characters', async () => {
    const most = DOWNSTREAM_LIMITS.sharedTokenLength.default;
    const seal = createTokenSeal(key);
    const name = seal.nameOf('a key');
    const tokenOf = (length: number) => ({
      accessToken: 'x'.repeat(length),
      expiresAtMs: Date.now() + 60_000,
      issuedAtSeconds: 0,
      tokenId: undefined,
    });
    // Three bytes are four characters, and sealing adds 28 bytes.
    const length = (most / 4) * 3 - 28 - JSON.stringify(tokenOf(0)).length;
    const [within, beyond] = [tokenOf(length), tokenOf(length + 1)];
    expect(seal.seal(name, within)).toHaveLength(most);
    await redis.flushall();
    const tokens = createRedisTokens({ url: server.url, secret: key, warn: () => undefined });
    await until(
      async () => {
        await tokens.set('a key', within, 60_000);
        return (await tokens.get('a key')) !== undefined;
      },
      () => 'a token within the bound was not stored',
    );
    expect(await tokens.get('a key')).toEqual(within);
    await tokens.set('another key', beyond, 60_000);
    expect(await tokens.get('another key')).toBeUndefined();
    const [stored = ''] = await redis.keys('*');
    await redis.set(stored, seal.seal(name, beyond));
    expect(await tokens.get('a key')).toBeUndefined();
    tokens.close();
  });

  it.each([
    ['the same API', {}, true],
    ['another API', { clientId: randomUUID() }, false],
    ['the same API in another cloud', { instance: 'https://login.microsoftonline.us' }, false],
  ])('use the tokens of %s or not', async (_what, other, inCommon) => {
    let issued = 0;
    // A token that names the API to which it was issued.
    const fetch: Fetch = async (address, init) => {
      const asking = new URLSearchParams(String(init?.body)).get('client_id');
      issued += 1;
      const accessToken = `${new URL(address).host} ${asking} ${issued}`;
      return Response.json({ token_type: 'Bearer', expires_in: 3600, access_token: accessToken });
    };
    const token = await emulator.issueAccessToken('writer');
    const start = (options: Partial<DownstreamOptions>) => {
      const credential = { kind: 'secret', secret: SECRET } as const;
      const instance = 'https://login.microsoftonline.com';
      const made = createDownstream({ clientId: API, instance, credential, fetch, ...shared(), ...options });
      const ofUser = () => made.of(callerOf(token), () => token).accessToken({ scopes: [READ] });
      const ofApplication = () => made.applicationToken(callerOf(token), READ);
      return { ofUser, ofApplication, made };
    };
    const [one, another] = [start({}), start(other)];
    for (const { made } of [one, another])
      await untilStored(() => made.applicationToken({ tenantId: randomUUID() }, READ));
    for (const kind of ['ofUser', 'ofApplication'] as const) {
      await redis.flushall();
      const first = await one[kind]();
      await until(
        async () => (await stored()).length === 1,
        () => 'nothing is stored',
      );
      expect((await another[kind]()) === first).toBe(inCommon);
    }
    for (const { made } of [one, another]) made.close();
  });

  it('drop what was got with a revoked token, also where only Redis has it', async () => {
    const revocations = createRevocationList();
    revocations.replace([]);
    const one = await connected({ ...shared(), revocations });
    await redis.flushall();
    const token = await emulator.issueAccessToken('writer');
    const first = await one.get(token);
    await until(
      async () => (await stored()).length === 1,
      () => 'nothing is stored',
    );
    const [name = ''] = await stored();
    const sealed = String(await redis.get(name));
    revocations.replace(revocationsOf(token).slice(0, 1));
    await until(
      async () => (await stored()).length === 0,
      () => 'it is still in Redis',
    );

    // As if another server had stored it at that moment.
    const replica = await connected({ ...shared(), revocations });
    await redis.set(name, sealed);
    expect(await replica.get(await later())).not.toBe(first);
    for (const each of [one, replica]) each.close();
  });

  it('go on with their own memory while Redis is gone', async () => {
    const one = await connected();
    await server.stop();
    await until(
      () => warnings.length > 0,
      () => 'nothing is said about Redis',
    );
    const token = await emulator.issueAccessToken('writer');
    const before = asksForTokens();
    expect(await one.get(token)).toBe(await one.get(token));
    expect(asksForTokens() - before).toBe(1);
    expect(warnings.join()).not.toContain(String(new URL(server.url).port));
    one.close();
  });
});
