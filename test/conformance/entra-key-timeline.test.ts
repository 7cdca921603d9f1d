import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { AccessTokenError } from '../../src/authentication/refusals/access-token-error.js';
import { withRecordedData } from '../support/execution/recorded-data.js';
import { addresses, createKey, createTenant, type FakeKey, type FakeTenant, settle } from '../support/tenant.js';

const Timeline = z.object({ states: z.array(z.object({ at: z.iso.datetime(), kids: z.array(z.string()) })) });
type States = readonly { readonly atMs: number; readonly kids: readonly string[] }[];

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

/** The promises of `docs/architecture.md` for the keys of one token version. */
const PROMISED = { trustedForMs: DAY, longestPauseMs: 66 * MINUTE, fetchesADay: 54 };

/** Only Entra has the private halves of the recorded keys. These keys replace them, each for several kids. */
const substitutes = Array.from({ length: 6 }, () => createKey());

/** A key for each kid of the record, and its current token. A token lives 27 hours and is used for 24. */
function createSigner(states: States, tenant: FakeTenant) {
  const kids = [...new Set(states.flatMap((state) => state.kids))];
  const keys = new Map<string, FakeKey>();
  for (const [index, kid] of kids.entries()) {
    const key = substitutes[index % substitutes.length] ?? createKey();
    const issuer = 'https://login.microsoftonline.com/{tenantid}/v2.0';
    keys.set(kid, { ...key, kid, jwk: { ...key.jwk, kid, x5t: kid, issuer } });
  }
  const signed = new Map<string, { readonly token: string; readonly atMs: number }>();
  function tokenOf(kid: string): string {
    const atMs = tenant.clock.nowMs;
    const known = signed.get(kid);
    if (known && atMs - known.atMs < DAY) return known.token;
    const iat = Math.floor(atMs / 1000);
    const claims = { iat, nbf: iat, exp: iat + 27 * 3600 };
    const token = tenant.signAccessToken({ key: keys.get(kid) ?? tenant.key, claims });
    signed.set(kid, { token, atMs });
    return token;
  }
  return { jwkOf: (kid: string) => keys.get(kid)?.jwk, tokenOf };
}

/** The record as what the authority publishes, and the server that reads it in its own time. */
function createReplay(states: States) {
  const tenant = createTenant();
  const { clock, fetched } = tenant;
  const { jwkOf, tokenOf } = createSigner(states, tenant);
  const readAtMs = new Map<string, number>();
  const publishedUntilMs = new Map<string, number>();
  const published = () => states.findLast(({ atMs }) => atMs <= clock.nowMs)?.kids ?? [];
  tenant.answers[addresses.v2Keys] = () => {
    for (const kid of published()) readAtMs.set(kid, clock.nowMs);
    return Response.json({ keys: published().map(jwkOf) });
  };
  let draws = 0;
  const random = () => {
    draws += 1;
    return (draws % 11) / 10;
  };
  const authentication = tenant.authentication({ acceptV1Tokens: false, verifiedTokenCacheSize: 0, random });

  return {
    fetched,
    async begin(): Promise<void> {
      clock.nowMs = states[0]?.atMs ?? 0;
      authentication.start();
      await settle();
    },
    async moveTo(atMs: number): Promise<void> {
      for (const [index, { atMs: fromMs, kids }] of states.entries()) {
        const endMs = Math.min(states[index + 1]?.atMs ?? atMs, atMs);
        if (fromMs <= atMs && endMs >= clock.nowMs) for (const kid of kids) publishedUntilMs.set(kid, endMs);
      }
      await tenant.advance(atMs - clock.nowMs);
    },
    /** Kids that were published in the last 26 hours: 24 in which they are trusted, and two in which they are not. */
    recentKids: () => [...publishedUntilMs.keys()].filter((kid) => goneForMs(kid) < DAY + 120 * MINUTE),
    isToBeAccepted,
    async verdictOn(kid: string): Promise<string> {
      const outcome = await authentication.verify(tokenOf(kid)).catch((error: unknown) => error);
      if (!(outcome instanceof Error)) return 'accepted';
      if (outcome instanceof AccessTokenError) return outcome.code;
      throw outcome;
    },
    close: () => authentication.close(),
  };

  function goneForMs(kid: string): number {
    return clock.nowMs - (publishedUntilMs.get(kid) ?? 0);
  }

  /** By the record alone, but for the last hour of trust: which reading was the last to have the kid decides about it. */
  function isToBeAccepted(kid: string): boolean {
    const { trustedForMs, longestPauseMs } = PROMISED;
    if (goneForMs(kid) <= trustedForMs - longestPauseMs) return true;
    if (goneForMs(kid) >= trustedForMs) return false;
    return clock.nowMs - (readAtMs.get(kid) ?? 0) < trustedForMs;
  }
}

/** Asks for each recent kid every 20 minutes; gives what was judged otherwise than it has to be. */
async function replayAll(replay: ReturnType<typeof createReplay>, startMs: number, endMs: number) {
  const counts = { accepted: 0, refused: 0 };
  const wrong: string[] = [];
  for (let atMs = startMs; atMs <= endMs; atMs += 20 * MINUTE) {
    await replay.moveTo(atMs);
    for (const kid of replay.recentKids()) {
      const expected = replay.isToBeAccepted(kid) ? 'accepted' : 'SIGNING_KEY_UNKNOWN';
      const verdict = await replay.verdictOn(kid);
      if (verdict !== expected) wrong.push(`${new Date(atMs).toISOString()} ${kid}: ${verdict}`);
      counts[verdict === 'accepted' ? 'accepted' : 'refused'] += 1;
    }
  }
  return { ...counts, wrong };
}

describe('the recorded months of the real key set, on a virtual clock', () => {
  withRecordedData('entra-common-kids-timeline.json', (data) => {
    const states = Timeline.parse(data).states.map(({ at, kids }) => ({ atMs: Date.parse(at), kids }));
    const startMs = states[0]?.atMs ?? 0;
    const endMs = states.at(-1)?.atMs ?? 0;

    it('no token of a kid seen within a day is refused, none is trusted for longer, fetches stay few', async () => {
      const replay = createReplay(states);
      await replay.begin();
      const { accepted, refused, wrong } = await replayAll(replay, startMs, endMs);
      replay.close();
      expect(wrong).toEqual([]);
      expect(accepted).toBeGreaterThan(90_000);
      expect(refused).toBeGreaterThan(100);
      const days = (endMs - startMs) / DAY;
      expect(days).toBeGreaterThan(142);
      expect(replay.fetched.length).toBeLessThanOrEqual(days * PROMISED.fetchesADay);
    });
  });
});
