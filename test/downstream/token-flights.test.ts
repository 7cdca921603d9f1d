import { describe, expect, it } from 'vitest';
import { createRevocationList } from '../../src/authentication/revocations/revocation-list.js';
import type { DownstreamToken, TokenQuestion } from '../../src/downstream/acquire-token.js';
import { DownstreamUnavailableError } from '../../src/downstream/token-errors.js';
import { createTokenMemory } from '../../src/downstream/token-memory.js';
import { userCaller } from '../support/callers.js';

const USER = '22222222-2222-4222-8222-222222222222';
const CLIENT = '33333333-3333-4333-8333-333333333333';
const OLD = { assertion: 'old', iat: 1_000 };
const NEW = { assertion: 'new', iat: 3_000 };
const REVOCATIONS = [
  { kind: 'user', id: USER, beforeSeconds: 2_000 },
  { kind: 'client', id: CLIENT, beforeSeconds: 2_000 },
  { kind: 'token', id: OLD.assertion, beforeSeconds: Number.POSITIVE_INFINITY },
] as const;

/** Lets everything run that waits for nothing. */
const turn = () => new Promise(setImmediate);

/** A memory for one user, and each request to Entra that waits for its answer. */
function start() {
  const clock = { nowMs: 0 };
  const revocations = createRevocationList();
  revocations.replace([]);
  const asked: { readonly with: string; answer(): void; fail(error: unknown): void }[] = [];
  const acquire = ({ for: asking }: TokenQuestion) =>
    new Promise<DownstreamToken>((resolve, fail) => {
      const assertion = asking.kind === 'user' ? asking.assertion : '';
      const expiresAtMs = clock.nowMs + 3_600_000;
      asked.push({
        with: assertion,
        answer: () => resolve({ accessToken: `got with ${assertion}`, expiresAtMs }),
        fail,
      });
    });
  const memory = createTokenMemory({ acquire, maxTokens: 10, revocations, now: () => clock.nowMs });
  const get = ({ assertion, iat }: typeof OLD) => {
    const at = {
      clientId: CLIENT,
      instance: 'https://login.example',
      credential: { kind: 'secret', secret: 'none' },
    } as const;
    const asking = { kind: 'user', assertion, caller: `tenant/${USER}` } as const;
    const question: TokenQuestion = { at, tenantId: 'tenant', scopes: ['scope'], for: asking };
    const caller = userCaller({
      tenantId: 'tenant',
      objectId: USER,
      clientId: CLIENT,
      claims: { iat },
      canStepUp: true,
    });
    return memory
      .get('key', question, { caller, tokenId: assertion })
      .catch((error: unknown) => Object(error).extensions.code);
  };
  /** Answers the requests of a sign-in that wait, once they are there. */
  const answer = async (signIn: typeof OLD, error?: unknown) => {
    await turn();
    for (const one of asked.filter((each) => each.with === signIn.assertion)) {
      if (error === undefined) one.answer();
      else one.fail(error);
    }
  };
  return { clock, revocations, asked, get, answer };
}

describe('while Entra is asked with the older token of a user', () => {
  it.each(REVOCATIONS)(
    'revoking the $kind gives it no token, and the next sign-in gets its own',
    async (revocation) => {
      const { revocations, get, answer, asked } = start();
      const before = get(OLD);
      await answer(NEW);
      revocations.replace([revocation]);
      const after = get(NEW);
      await answer(NEW);
      expect(await after).toBe('got with new');
      await answer(OLD);
      expect(await before).toBe('UNAUTHENTICATED');
      expect(await get(NEW)).toBe('got with new');
      expect(asked.map((one) => one.with)).toEqual(['old', 'new']);
    },
  );

  it('a challenge of it is not for the next sign-in', async () => {
    const { get, answer } = start();
    const [before, after] = [get(OLD), get(NEW)];
    await answer(OLD, Object.assign(new Error('refused'), { claims: '{"access_token":{}}' }));
    await answer(NEW);
    expect([await before, await after]).toEqual(['INSUFFICIENT_CLAIMS', 'got with new']);
  });

  it('requests with the same token still wait for one answer', async () => {
    const { get, answer, asked } = start();
    const both = [get(OLD), get(OLD)];
    await answer(OLD);
    expect(await Promise.all(both)).toEqual(['got with old', 'got with old']);
    expect(asked).toHaveLength(1);
  });
});

describe('a revoked token of a user', () => {
  it.each(REVOCATIONS)('gets no token that another sign-in got, by revoking the $kind', async (revocation) => {
    const { revocations, get, answer } = start();
    const first = get(NEW);
    await answer(NEW);
    await first;
    expect(await get(OLD)).toBe('got with new');
    revocations.replace([revocation]);
    expect([await get(OLD), await get(NEW)]).toEqual(['UNAUTHENTICATED', 'got with new']);
  });

  it.each(REVOCATIONS)('is not served from memory in an outage, by revoking the $kind', async (revocation) => {
    const { clock, revocations, get, answer, asked } = start();
    const first = get(OLD);
    await answer(OLD);
    await first;
    clock.nowMs += 3_400_000;
    const [old, next] = [get(OLD), get(NEW)];
    await turn();
    expect(asked).toHaveLength(3);
    revocations.replace([revocation]);
    for (const signIn of [OLD, NEW]) await answer(signIn, new DownstreamUnavailableError('down'));
    expect([await old, await next]).toEqual(['SERVICE_UNAVAILABLE', 'SERVICE_UNAVAILABLE']);
  });
});
