import type { JsonObject } from '../json-object.js';
import { AUTHENTICATION_LIMITS } from '../limits.js';

const MAX_SHOWN = AUTHENTICATION_LIMITS.shownValueLength.default;

/** Returns a claim's value as JSON. A long value is truncated. A missing one is `none`. */
export function formatClaim(value: unknown): string {
  if (value === undefined) return 'none';
  const text = JSON.stringify(value);
  return text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}...` : text;
}

/** Returns the tenant of a token, or an empty text if `tid` is not a text. Another check refuses that. */
export function tenantIdIn(payload: JsonObject | undefined): string {
  return typeof payload?.tid === 'string' ? payload.tid : '';
}

export function joinOr(values: ReadonlySet<string>): string {
  return [...values].join(' or ');
}

/** Describes when a token begins and ends relative to now, which shows a wrong clock. */
export function lifetimeOf(payload: JsonObject | undefined, nowSeconds: number): string {
  return ['nbf', 'iat', 'exp'].map((claim) => `${claim} ${relativeTime(payload?.[claim], nowSeconds)}`).join(', ');
}

function relativeTime(value: unknown, nowSeconds: number): string {
  if (typeof value !== 'number') return formatClaim(value);
  const seconds = value - nowSeconds;
  return seconds > 0 ? `in ${seconds} s` : `${-seconds} s ago`;
}
