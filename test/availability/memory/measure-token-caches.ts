// Fills each cache of authentication and prints its estimate beside the heap that it really takes. Run with --expose-gc.
import { randomBytes } from 'node:crypto';
import type { DelegatedCaller } from '../../../src/authentication/caller.js';
import { UnknownKeys } from '../../../src/authentication/keys/unknown-keys.js';
import { VerifiedTokenCache } from '../../../src/authentication/token/verified-token-cache.js';
import { appOnlyClaims, createTenant, NOW, v1Claims } from '../../support/tenant.js';
import { type MakeFull, printRatio } from './measure-heap.js';

const COUNT = 1_000;
const ROOM = 512 * 1024 * 1024;

const repeat = <Item>(count: number, item: (index: number) => Item): Item[] =>
  Array.from({ length: count }, (_, index) => item(index));

/** Claims of a user as a tenant with many optional claims sends them. The token has 1.5 kB. */
const FULL_CLAIMS = {
  acct: 0,
  aio: 'AWQAm/8XAAAA'.padEnd(60, 'x'),
  amr: ['pwd', 'mfa'],
  auth_time: NOW - 900,
  ctry: 'DE',
  family_name: 'Example',
  given_name: 'Erin',
  ipaddr: '203.0.113.17',
  sid: '0a1b2c3d-0000-4000-8000-000000000001',
  upn: 'erin@example.com',
  xms_cc: ['cp1'],
};

/**
 * Claims by what they mostly consist of. Each token has texts of its own, because some versions of V8 keep equal texts once.
 */
const CLAIMS: Readonly<Record<string, (nth: number) => Record<string, unknown>>> = {
  'a usual token': () => ({}),
  'a usual v1.0 token': () => v1Claims(),
  'an application': () => ({ ...appOnlyClaims(), scp: undefined }),
  scopes: (nth) => ({ scp: repeat(60, (i) => `Expenses.ReadWrite.Scope${nth}.${i}`).join(' ') }),
  'short scopes': (nth) => ({ scp: repeat(200, (i) => `S${i}.${nth}`).join(' ') }),
  roles: (nth) => ({ roles: repeat(200, (i) => `Expenses.Role.Of.Some.Length.${nth}.${i}`) }),
  'short roles': (nth) => ({ roles: repeat(1000, (i) => `${i}.${nth}`) }),
  'a token of 1.5 kB': () => FULL_CLAIMS,
  groups: (nth) => ({
    groups: repeat(150, (i) => `${String(i).padStart(8, '0')}-0000-4000-8000-${String(nth).padStart(12, '0')}`),
  }),
  'roles of two bytes': (nth) => ({ roles: repeat(60, (i) => `${'€'.repeat(30)}${nth}.${i}`) }),
};

const tenant = createTenant();
const authentication = tenant.authentication({ verifiedTokenCacheSize: 0 });
const remember = VerifiedTokenCache.prototype.remember;

/** Signs tokens as they come in requests. */
function signTokens(count: number, claims: (nth: number) => Record<string, unknown>): Buffer[] {
  return repeat(count, (nth) =>
    Buffer.from(tenant.signAccessToken({ claims: { ...claims(nth), uti: `token-of-the-usual-len-${nth}` } })),
  );
}

/** Verifies tokens as the server does, and fills a cache with what that of the server would remember. */
function verifyAll(tokens: readonly Buffer[]): MakeFull {
  return async () => {
    const options = { maxEntries: COUNT, maxBytes: ROOM, clockToleranceSeconds: 60, now: () => NOW * 1000 };
    const cache = new VerifiedTokenCache(options);
    VerifiedTokenCache.prototype.remember = (token, verification) => remember.call(cache, token, verification);
    // A text of its own for each.
    for (const token of tokens) await authentication.verify(String(token));
    VerifiedTokenCache.prototype.remember = remember;
    return cache;
  };
}

/** As many caches as make their heap stand out, because their bound is fixed. */
const CACHES_OF_KIDS = 40;

const KIDS: Readonly<Record<string, (nth: number) => string>> = {
  'a usual kid': (nth) => `${nth}`.padEnd(27, 'k'),
  'a short kid': (nth) => `k${nth}`,
  'a long kid': (nth) => `${nth}`.padEnd(128, 'k'),
};
function missKids(count: number, kid: (nth: number) => string): MakeFull {
  return () => {
    const all = repeat(CACHES_OF_KIDS, () => new UnknownKeys(1, () => 0));
    for (const [at, kids] of all.entries()) {
      for (let nth = 0; nth < count; nth += 1) kids.addMiss(kid(at * count + nth));
    }
    return { all, size: all.reduce((total, { size }) => total + size, 0) };
  };
}

/** Tokens for other APIs: the characters of each, and the roles of the user for whom it is, or an application's. */
const DOWNSTREAM: Readonly<Record<string, { readonly length: number; readonly roles?: number }>> = {
  "an application's token": { length: 2_000 },
  "a user's token": { length: 2_000, roles: 0 },
  "a user's short token": { length: 200, roles: 1 },
  "a user's long token": { length: 16_000, roles: 3 },
  'a token of a user with many roles': { length: 2_000, roles: 60 },
};

/** Gets tokens for users whose own tokens are forgotten, so that all of a user counts. */
function getDownstream(
  count: number,
  { length, roles }: { readonly length: number; readonly roles?: number },
): MakeFull {
  return async () => {
    const acquire = async () => ({ accessToken: ownText(length), expiresAtMs: 7_200_000 });
    const memory = createTokenMemory({ acquire, maxTokens: COUNT, now: () => 0 });
    const at = {
      clientId: 'api',
      instance: 'https://login.example',
      credential: { kind: 'secret', secret: 'x' },
    } as const;
    for (let nth = 0; nth < count; nth += 1) {
      const key = ownText(252);
      const of = roles === undefined ? undefined : { caller: callerOf(roles), tokenId: ownText(24) };
      const asking = of ? ({ kind: 'user', assertion: key, caller: key } as const) : ({ kind: 'application' } as const);
      await memory.get(key, { at, tenantId: 'tenant', scopes: [], for: asking }, of);
    }
    return memory;
  };
}

/** A user whose texts are those of no other. The helpers of other tests load modules that change what an object takes. */
function callerOf(roles: number): DelegatedCaller {
  return {
    kind: 'delegated',
    tenantId: ownText(36),
    objectId: ownText(36),
    clientId: ownText(36),
    isGuest: false,
    claims: { iat: NOW },
    scopes: new Set([ownText(20)]),
    roles: new Set(repeat(roles, () => ownText(24))),
    authContexts: new Set(),
    canStepUp: false,
  };
}

/** A text of its own in the heap. */
function ownText(length: number): string {
  return randomBytes((length * 3) / 4).toString('base64');
}

async function print(cache: string, kind: string, fill: (count: number) => MakeFull): Promise<void> {
  // Once to warm up: what V8 compiles is in the heap too.
  await fill(20)();
  await printRatio({ cache, kind }, fill(COUNT));
}

const { length: fullBytes = 0 } = signTokens(1, () => FULL_CLAIMS)[0] ?? {};
if (fullBytes < 1_450 || fullBytes > 1_550) throw new TypeError(`The token of 1.5 kB has ${fullBytes} bytes.`);

for (const [kind, claims] of Object.entries(CLAIMS)) {
  await print('verified tokens', kind, (count) => verifyAll(signTokens(count, claims)));
}
// Loaded only now for the same reason as in `callerOf`.
const { createTokenMemory } = await import('../../../src/downstream/token-memory.js');
for (const [kind, token] of Object.entries(DOWNSTREAM)) {
  await print('downstream tokens', kind, (count) => getDownstream(count, token));
}
for (const [kind, kid] of Object.entries(KIDS)) await print('unknown kids', kind, (count) => missKids(count, kid));
