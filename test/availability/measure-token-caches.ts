// Fills each cache of authentication and prints its estimate beside the heap that it really takes. Run with --expose-gc.
import { UnknownKids } from '../../src/authentication/keys/unknown-kids.js';
import { createHeaderMemory, type HeaderMemory } from '../../src/authentication/token/header-memory.js';
import type { UnverifiedHeader } from '../../src/authentication/token/unverified-header.js';
import { VerifiedTokenCache } from '../../src/authentication/token/verified-token-cache.js';
import { appOnlyClaims, createTenant, encodePart, NOW, v1Claims } from '../support/tenant.js';
import { ratio } from './measure-heap.js';

const COUNT = 1_000;
const HEADER_COUNT = 40_000;
const ROOM = 512 * 1024 * 1024;

const repeat = <Item>(count: number, item: (index: number) => Item): Item[] =>
  Array.from({ length: count }, (_, index) => item(index));

/** Claims by what they mostly consist of; each token has an id of its own. */
const CLAIMS: Readonly<Record<string, (nth: number) => Record<string, unknown>>> = {
  'a usual token': () => ({}),
  'a usual v1.0 token': () => v1Claims(),
  'an application': () => ({ ...appOnlyClaims(), scp: undefined }),
  scopes: () => ({ scp: repeat(60, (i) => `Expenses.ReadWrite.Scope${i}`).join(' ') }),
  'short scopes': () => ({ scp: repeat(200, (i) => `S${i}`).join(' ') }),
  roles: () => ({ roles: repeat(200, (i) => `Expenses.Role.Of.Some.Length.${i}`) }),
  'short roles': (nth) => ({ roles: repeat(1000, (i) => `${i}.${nth}`) }),
  'roles of two bytes': () => ({ roles: repeat(60, (i) => `${'€'.repeat(30)}${i}`) }),
};

const tenant = createTenant();
const authentication = tenant.authentication({ verifiedTokenCacheSize: 0 });
const remember = VerifiedTokenCache.prototype.remember;

/** Verifies tokens as the server does, and has `cache` remember what the cache of the server would. */
async function verifyInto(cache: VerifiedTokenCache, count: number, claims: (nth: number) => Record<string, unknown>) {
  VerifiedTokenCache.prototype.remember = (token, verification) => remember.call(cache, token, verification);
  for (let nth = 0; nth < count; nth += 1) {
    const uti = `token-of-the-usual-len-${nth}`;
    await authentication.verify(tenant.signAccessToken({ claims: { ...claims(nth), uti } }));
  }
  VerifiedTokenCache.prototype.remember = remember;
}

const tokenCache = () =>
  new VerifiedTokenCache({ maxEntries: COUNT, maxBytes: ROOM, clockToleranceSeconds: 60, now: () => NOW * 1000 });

/** Headers as they stand in tokens; each has a key of its own. */
const HEADERS: Readonly<Record<string, (nth: number) => UnverifiedHeader>> = {
  'a usual header': (nth) => ({ kid: `${nth}`.padEnd(27, 'k'), x5t: undefined }),
  'a usual v1.0 header': (nth) => ({ kid: `${nth}`.padEnd(27, 'k'), x5t: `${nth}`.padEnd(27, 'k') }),
  'a thumbprint alone': (nth) => ({ kid: undefined, x5t: `${nth}`.padEnd(27, 'x') }),
  'a long kid': (nth) => ({ kid: `${nth}`.padEnd(128, 'k'), x5t: undefined }),
};
const rememberHeaders = (memory: HeaderMemory, count: number, header: (nth: number) => UnverifiedHeader) => {
  for (let nth = 0; nth < count; nth += 1) {
    const { kid, x5t } = header(nth);
    memory.remember(encodePart({ typ: 'JWT', alg: 'RS256', x5t, kid }), { kid, x5t });
  }
};

/** As many caches as make their heap stand out, because their bound is fixed. */
const CACHES_OF_KIDS = 40;

class ManyUnknownKids {
  readonly all = repeat(CACHES_OF_KIDS, () => new UnknownKids(1, () => 0));

  get size(): number {
    return this.all.reduce((total, { size }) => total + size, 0);
  }
}

const KIDS: Readonly<Record<string, (nth: number) => string>> = {
  'a usual kid': (nth) => `${nth}`.padEnd(27, 'k'),
  'a short kid': (nth) => `k${nth}`,
  'a long kid': (nth) => `${nth}`.padEnd(128, 'k'),
};
const missKids = ({ all }: ManyUnknownKids, count: number, kid: (nth: number) => string) => {
  for (const kids of all) for (let nth = 0; nth < count; nth += 1) kids.addMiss(kid(nth));
};

async function print(
  cache: string,
  kind: string,
  measure: (count: number) => Promise<number>,
  count = COUNT,
): Promise<void> {
  // Once to warm up: what V8 compiles is in the heap too.
  await measure(20);
  const measured = await measure(count);
  process.stdout.write(`${JSON.stringify({ cache, kind, ratio: Math.round(measured * 100) / 100 })}\n`);
}

for (const [kind, claims] of Object.entries(CLAIMS)) {
  await print('verified tokens', kind, (count) => ratio(tokenCache, (cache) => verifyInto(cache, count, claims)));
}
for (const [kind, header] of Object.entries(HEADERS)) {
  await print(
    'headers',
    kind,
    (count) =>
      ratio(
        () => createHeaderMemory({ maxHeaders: HEADER_COUNT, maxBytes: ROOM }),
        (memory) => rememberHeaders(memory, count, header),
      ),
    HEADER_COUNT,
  );
}
for (const [kind, kid] of Object.entries(KIDS)) {
  await print('unknown kids', kind, (count) =>
    ratio(
      () => new ManyUnknownKids(),
      (kids) => missKids(kids, count, kid),
    ),
  );
}
