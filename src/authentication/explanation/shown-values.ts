import type { JsonObject } from '../json-object.js';
import { AUTHENTICATION_LIMITS } from '../limits.js';

const MAX_SHOWN = AUTHENTICATION_LIMITS.shownValueLength.default;

/** A claim's value as JSON, cut where it gets long; `none` when it is missing. */
export function shown(value: unknown): string {
  if (value === undefined) return 'none';
  const text = JSON.stringify(value);
  return text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}...` : text;
}

/** The tenant that a token names; empty when what stands there is no text, which a check of its own finds. */
export function tenantIdIn(payload: JsonObject | undefined): string {
  return typeof payload?.tid === 'string' ? payload.tid : '';
}

/** Accepted values, as a reader would list them. */
export function listed(values: ReadonlySet<string>): string {
  return [...values].join(' or ');
}

/** When a token begins and ends, seen from now: what shows a clock that is wrong. */
export function lifetimeOf(payload: JsonObject | undefined, nowSeconds: number): string {
  return ['nbf', 'iat', 'exp'].map((claim) => `${claim} ${fromNow(payload?.[claim], nowSeconds)}`).join(', ');
}

function fromNow(value: unknown, nowSeconds: number): string {
  if (typeof value !== 'number') return shown(value);
  const seconds = value - nowSeconds;
  return seconds > 0 ? `in ${seconds} s` : `${-seconds} s ago`;
}
