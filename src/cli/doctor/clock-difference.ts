import type { Fetch } from '../../authentication/fetch/bounded-fetch.js';
import type { Finding } from './finding.js';

/** Reads the provider's clock while documents are fetched. */
export interface ClockWatch {
  /** The same `fetch`; the `Date` header of each answer is noted. */
  readonly fetch: Fetch;
  /** Returns the provider's clock minus ours in milliseconds, by the quickest answer. Undefined without an answer. */
  differenceMs(): number | undefined;
}

/** `Date` has whole seconds: the truth is half a second later on average (RFC 9110 s.6.6.1). */
const HALF_SECOND_MS = 500;
/** A difference up to this size is noise. */
const NOISE_SECONDS = 2;

export function watchClock(fetch: Fetch, now: () => number): ClockWatch {
  const seen: { readonly differenceMs: number; readonly roundTripMs: number }[] = [];
  return {
    async fetch(address, init) {
      const askedAtMs = now();
      const response = await fetch(address, init);
      const answeredAtMs = now();
      const dateMs = Date.parse(response.headers.get('date') ?? '');
      const middleMs = (askedAtMs + answeredAtMs) / 2;
      if (!Number.isNaN(dateMs)) {
        seen.push({ differenceMs: dateMs + HALF_SECOND_MS - middleMs, roundTripMs: answeredAtMs - askedAtMs });
      }
      return response;
    },
    differenceMs: () => seen.sort((one, other) => one.roundTripMs - other.roundTripMs)[0]?.differenceMs,
  };
}

/** Checks whether tokens fail because two clocks differ. */
export function checkClock(differenceMs: number | undefined, toleranceSeconds: number): Finding {
  const check = 'clock';
  if (differenceMs === undefined) {
    const advice = 'Make the provider answer first: see its lines.';
    return { check, status: 'warn', seen: 'no answer of the provider to compare with', advice };
  }
  const seconds = Math.round(Math.abs(differenceMs) / 1000);
  const direction = differenceMs > 0 ? 'behind' : 'ahead of';
  const seen = `this host is ${seconds} s ${direction} the provider; ${toleranceSeconds} s are tolerated`;
  if (seconds <= NOISE_SECONDS) return { check, status: 'ok', seen };
  const advice = 'Set the clock of this host by NTP: tokens are "not valid yet" or "expired" by this difference.';
  return { check, status: seconds > toleranceSeconds ? 'fail' : 'warn', seen, advice };
}
