import { hash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { AcquireToken, DownstreamToken, TokenQuestion } from './acquire-token.js';
import { DOWNSTREAM_LIMITS } from './limits.js';
import { DownstreamUnavailableError, toFieldError } from './token-errors.js';

/** A token is asked for anew this long before its end, so that a call that begins now can finish. */
const EARLY_MS = 5 * 60_000;
const MAX_FAILURES = 1_000;
const FAILURE_MS = DOWNSTREAM_LIMITS.downstreamFailureSeconds.default * 1000;

/** Settings of the memory. */
export interface TokenMemorySettings {
  readonly acquire: AcquireToken;
  readonly maxTokens: number;
  /** Milliseconds since 1970. */
  now(): number;
}

/** Gets tokens and remembers them. Rejects with the error of a field. */
export type GetToken = (key: string, question: TokenQuestion) => Promise<string>;

/**
 * Creates the memory of tokens for other APIs. There is one request under way for each key. A token is renewed before its
 * end, and an outage meanwhile does not end it early. A failure is remembered for a few seconds for the same token of the
 * user, so that one who signs in again is not refused by it.
 */
export function createTokenMemory({ acquire, maxTokens, now }: TokenMemorySettings): GetToken {
  const tokens = new LRUCache<string, DownstreamToken>({
    max: maxTokens,
    maxSize: DOWNSTREAM_LIMITS.downstreamTokenBytes.default,
    sizeCalculation: ({ accessToken }, key) => accessToken.length + key.length + 200,
  });
  const failures = new LRUCache<string, { readonly error: Error; readonly untilMs: number }>({ max: MAX_FAILURES });
  const underWay = new Map<string, Promise<string>>();

  async function ask(key: string, question: TokenQuestion, known: DownstreamToken | undefined): Promise<string> {
    try {
      const token = await acquire(question);
      tokens.set(key, token);
      return token.accessToken;
    } catch (error) {
      const isOutage = error instanceof DownstreamUnavailableError;
      if (isOutage && known && now() < known.expiresAtMs) return known.accessToken;
      const failure = toFieldError(error, question.scopes);
      failures.set(failureKey(key, question), { error: failure, untilMs: now() + FAILURE_MS });
      throw failure;
    }
  }

  return async (key, question) => {
    const known = tokens.get(key);
    if (known && now() < known.expiresAtMs - EARLY_MS) return known.accessToken;
    const failure = failures.get(failureKey(key, question));
    if (failure && now() < failure.untilMs) throw failure.error;
    const asking = underWay.get(key) ?? ask(key, question, known).finally(() => underWay.delete(key));
    underWay.set(key, asking);
    return asking;
  };
}

function failureKey(key: string, { for: asking }: TokenQuestion): string {
  return asking.kind === 'user' ? `${key} ${hash('sha256', asking.assertion, 'base64')}` : key;
}
