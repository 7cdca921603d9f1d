import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { silentLogger } from '../../src/authentication/authentication-logger.js';
import { AuthorityKeys } from '../../src/authentication/keys/authority-keys.js';
import { TRUSTED_FOR_MS } from '../../src/authentication/keys/held-keys.js';
import { parseSigningKey } from '../../src/authentication/keys/signing-key.js';
import { SigningKeys } from '../../src/authentication/keys/signing-keys.js';
import { withRecordedData } from '../support/recorded-data.js';
import { createKey, ids } from '../support/tenant.js';

const Timeline = z.object({ states: z.array(z.object({ at: z.iso.datetime(), kids: z.array(z.string()) })) });
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const material = createKey().jwk;
const TENANT = { tenantId: ids.tenant, issuer: 'https://issuer.example' };

/** The recorded key sets, the store that follows them, and a clock that the test moves. */
function createReplay(states: readonly { readonly atMs: number; readonly kids: readonly string[] }[]) {
  const startMs = states[0]?.atMs ?? 0;
  const clock = { nowMs: startMs, reads: 0, seenAtMs: new Map<string, number>() };
  let timer: { run: () => void; atMs: number } | undefined;
  let draws = 0;
  const published = () => states.findLast(({ atMs }) => atMs <= clock.nowMs)?.kids ?? [];
  const keys = new SigningKeys({
    version: '2.0',
    async read() {
      clock.reads += 1;
      for (const kid of published()) clock.seenAtMs.set(kid, clock.nowMs);
      return {
        metadata: { issuer: 'https://issuer.example', jwksUri: 'https://keys.example', cloudInstanceName: undefined },
        keySet: { keys: published().map((kid) => parseSigningKey({ ...material, kid }, undefined)), unusable: [] },
      };
    },
    now: () => clock.nowMs,
    random: () => {
      draws += 1;
      return (draws % 10) / 10;
    },
    schedule(run, delayMs) {
      timer = { run, atMs: clock.nowMs + delayMs };
      return () => {
        timer = undefined;
      };
    },
    logger: silentLogger,
  });
  async function moveTo(atMs: number): Promise<void> {
    while (timer && timer.atMs <= atMs) {
      const { run, atMs: dueMs } = timer;
      timer = undefined;
      clock.nowMs = dueMs;
      run();
      await keys.refresh();
    }
    clock.nowMs = atMs;
  }
  const authority = new AuthorityKeys({ '1.0': keys, '2.0': keys }, new Set(['2.0']), () => clock.nowMs);
  return { clock, keys, authority, published, moveTo };
}

describe('115 the recorded 143 days of the real key set, on a virtual clock', () => {
  withRecordedData('entra-common-kids-timeline.json', (data) => {
    const states = Timeline.parse(data).states.map(({ at, kids }) => ({ atMs: Date.parse(at), kids }));
    const startMs = states[0]?.atMs ?? 0;
    const endMs = states.at(-1)?.atMs ?? 0;

    it('no published kid and no kid seen in the last 24 h is ever refused, and fetches stay few', async () => {
      const replay = createReplay(states);
      await replay.keys.refresh();
      const wrong: string[] = [];
      for (let atMs = startMs; atMs <= endMs; atMs += 10 * MINUTE) {
        await replay.moveTo(atMs);
        wrong.push(...(await refusedOfPublished(replay)), ...misjudgedOfSeen(replay));
      }
      expect(wrong).toEqual([]);
      const hours = (endMs - startMs) / HOUR;
      expect(hours).toBeGreaterThan(140 * 24);
      expect(replay.clock.reads).toBeLessThanOrEqual(hours / 0.9 + states.length);
    });
  });
});

type Replay = ReturnType<typeof createReplay>;

async function refusedOfPublished({ authority, published }: Replay): Promise<string[]> {
  const refused: string[] = [];
  for (const kid of published()) {
    if (!(await authority.find('2.0', kid, TENANT))) refused.push(kid);
  }
  return refused;
}

/** Seen less than 24 h ago must be known; seen longer ago must not. */
function misjudgedOfSeen({ keys, clock }: Replay): string[] {
  const seen = [...clock.seenAtMs];
  const wrong = seen.filter(([kid, seenAtMs]) => {
    const mustBeKnown = clock.nowMs - seenAtMs < TRUSTED_FOR_MS;
    return (keys.find(kid) !== undefined) !== mustBeKnown;
  });
  return wrong.map(([kid]) => kid);
}
