import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { VerifiedAccessToken } from '../../../../src/authentication/authentication.js';
import {
  AccessTokenError,
  RevocationsUnknownError,
  SigningKeysUnavailableError,
} from '../../../../src/authentication/refusals/access-token-error.js';
import type { Authenticated, ContextFunction } from '../../../../src/graphql/context.js';
import { identifySocketCaller } from '../../../../src/graphql/websocket/admission/socket-caller.js';
import {
  closeReasonOf,
  closeReasonOfEnd,
  closeReasonOfFailures,
} from '../../../../src/graphql/websocket/close-reasons.js';
import { callerOf } from '../../../support/callers.js';

type Authenticate = ContextFunction<unknown>['authenticate'];

const NOW_SECONDS = 1_800_000_000;

beforeEach(() => {
  vi.useFakeTimers({ now: NOW_SECONDS * 1000 });
});
afterEach(() => {
  vi.useRealTimers();
});

const token: VerifiedAccessToken = {
  caller: callerOf('erin'),
  expiresAtSeconds: NOW_SECONDS + 3_600,
  version: '2.0',
  tokenId: undefined,
};

/** Identifies the caller of a token. `authenticate` can be made to refuse it later. */
async function identify(first: VerifiedAccessToken | undefined = token) {
  const authenticate = vi.fn<Authenticate>(async () => ({ token: first }));
  const closes: unknown[] = [];
  const caller = await identifySocketCaller({
    credentials: { rawHeaders: [] },
    authenticate,
    end: (error) => closes.push(closeReasonOf(error)),
  });
  return { caller, authenticate, closes };
}

describe('the caller of a socket', () => {
  it('is verified anew each time', async () => {
    const { caller, authenticate } = await identify();
    expect(await caller.current()).toEqual({ token });
    expect(authenticate).toHaveBeenCalledTimes(2);
    caller.stop();
  });

  it('whose key is revoked is refused at the next event', async () => {
    const { caller, authenticate, closes } = await identify();
    authenticate.mockRejectedValue(new AccessTokenError('SIGNING_KEY_UNKNOWN'));
    expect(await caller.current()).toBe('refused');
    expect(closes).toEqual([{ code: 4401, reason: 'The signature of the access token cannot be verified' }]);
    caller.stop();
  });

  it('is verified when the token expires, even if nothing happens on the connection', async () => {
    const { authenticate, closes } = await identify();
    authenticate.mockRejectedValue(new AccessTokenError('TOKEN_EXPIRED'));
    await vi.advanceTimersByTimeAsync(3_599_000);
    expect(closes).toEqual([]);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(closes).toEqual([{ code: 4401, reason: 'The access token has expired' }]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('is verified again during the tolerance for clocks', async () => {
    const { authenticate, closes } = await identify();
    await vi.advanceTimersByTimeAsync(3_600_000 + 59_000);
    expect(closes).toEqual([]);
    authenticate.mockRejectedValue(new AccessTokenError('TOKEN_EXPIRED'));
    await vi.advanceTimersByTimeAsync(1_000);
    expect(closes).toHaveLength(1);
  });

  it.each([
    ['the machine slept, and its timers with it', 0, 3_600_000],
    ['the clock was set forward', 60_000, 3_540_000],
    ['the token is good for more than setTimeout can wait', 0, 40 * 86_400_000, 40 * 86_400],
  ])(
    'is refused within five seconds of its end by the wall clock: %s',
    async (_why, runsMs, jumpMs, lifeSeconds = 3_600) => {
      const clock = { jumpMs: 0 };
      const authenticate = vi.fn<Authenticate>(async () => ({
        token: { ...token, expiresAtSeconds: NOW_SECONDS + lifeSeconds },
      }));
      const closes: unknown[] = [];
      await identifySocketCaller({
        credentials: { rawHeaders: [] },
        authenticate,
        end: (error) => closes.push(closeReasonOfEnd(error)),
        now: () => Date.now() + clock.jumpMs,
      });
      authenticate.mockRejectedValue(new AccessTokenError('TOKEN_EXPIRED'));
      await vi.advanceTimersByTimeAsync(runsMs);
      clock.jumpMs = jumpMs - 6_000;
      await vi.advanceTimersByTimeAsync(5_000);
      expect([closes, authenticate.mock.calls.length]).toEqual([[], 1]);
      clock.jumpMs = jumpMs;
      await vi.advanceTimersByTimeAsync(5_000);
      expect(closes).toEqual([{ code: 4440, reason: 'The access token has expired' }]);
      expect(vi.getTimerCount()).toBe(0);
    },
  );

  it('goes on when the clock was set back, until the clock says that its token has expired', async () => {
    const clock = { jumpMs: 0 };
    const authenticate = vi.fn<Authenticate>(async () => ({ token }));
    const end = vi.fn();
    const now = () => Date.now() + clock.jumpMs;
    await identifySocketCaller({ credentials: { rawHeaders: [] }, authenticate, end, now });
    authenticate.mockRejectedValue(new AccessTokenError('TOKEN_EXPIRED'));
    clock.jumpMs = -60_000;
    await vi.advanceTimersByTimeAsync(3_659_000);
    expect(end).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(5_000);
    expect(end).toHaveBeenCalledTimes(1);
  });

  it('is not watched after it was stopped while its token was verified', async () => {
    const { caller, authenticate } = await identify();
    let answer: (authenticated: Authenticated) => void = () => undefined;
    authenticate.mockReturnValue(
      new Promise((resolve) => {
        answer = resolve;
      }),
    );
    await vi.advanceTimersByTimeAsync(3_600_000);
    caller.stop();
    answer({ token });
    await vi.advanceTimersByTimeAsync(0);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('is not watched after it was stopped', async () => {
    const { caller, authenticate } = await identify();
    caller.stop();
    await vi.advanceTimersByTimeAsync(7_200_000);
    expect(authenticate).toHaveBeenCalledTimes(1);
  });

  it('is not watched when it is anonymous', async () => {
    const authenticate = vi.fn<Authenticate>(async () => ({ token: undefined }));
    const caller = await identifySocketCaller({ credentials: { rawHeaders: [] }, authenticate, end: () => undefined });
    expect(vi.getTimerCount()).toBe(0);
    expect(await caller.current()).toStrictEqual({ token: undefined });
  });

  it('is not created when its credentials are refused', async () => {
    const error = new AccessTokenError('SIGNATURE_INVALID');
    const end = vi.fn();
    const authenticate = async () => Promise.reject(error);
    await expect(identifySocketCaller({ credentials: { rawHeaders: [] }, authenticate, end })).rejects.toBe(error);
    expect([end.mock.calls, vi.getTimerCount()]).toEqual([[], 0]);
  });
});

/** Close codes after which clients of graphql-ws give up, as its `shouldRetryConnectOrThrow` says. Most codes of 1000 to 1999 are such codes too. */
const FATAL = [4500, 4005, 4400, 4004, 4401, 4406, 4409, 4429];

describe('the close code of a connection whose token was good', () => {
  it('expired: clients of graphql-ws connect again', () => {
    const { code, reason } = closeReasonOfEnd(new AccessTokenError('TOKEN_EXPIRED'));
    expect({ code, reason }).toEqual({ code: 4440, reason: 'The access token has expired' });
    expect(FATAL).not.toContain(code);
  });

  it.each(['SIGNING_KEY_UNKNOWN', 'SIGNATURE_INVALID', 'ISSUER_MISMATCH'] as const)(
    'revoked (%s): clients do not connect again with the same token',
    (failure) => {
      const error = new AccessTokenError(failure);
      expect([closeReasonOfEnd(error), closeReasonOf(error).code]).toEqual([closeReasonOf(error), 4401]);
    },
  );

  it('expired before the server ever accepted it: as for any bad token', () => {
    expect(closeReasonOf(new AccessTokenError('TOKEN_EXPIRED')).code).toBe(4401);
  });
});

describe('the close code of a connection', () => {
  it.each([
    ['keys unavailable', new SigningKeysUnavailableError(5), 1013],
    ['revocations unknown', new RevocationsUnknownError(), 1013],
    ['a fault of ours', new Error('secret detail'), 1011],
    ['a bad token', new AccessTokenError('SIGNATURE_INVALID'), 4401],
    ['no permission', new AccessTokenError('NO_PERMISSIONS'), 4403],
    ['two headers', new AccessTokenError('AUTHORIZATION_HEADER_REPEATED'), 4400],
  ])('%s', (_name, error, expected) => {
    const { code, reason } = closeReasonOf(error);
    expect(code).toBe(expected);
    expect(reason).not.toContain('secret');
  });

  it('too many bad tokens: says when to try again and fits into a close frame (RFC 6455 s.5.5)', () => {
    const { code, reason } = closeReasonOfFailures(60);
    expect({ code, reason }).toEqual({ code: 1013, reason: expect.stringContaining('60 s') });
    expect(Buffer.byteLength(reason)).toBeLessThanOrEqual(123);
  });
});
