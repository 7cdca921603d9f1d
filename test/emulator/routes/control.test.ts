import { decodeJwt, decodeProtectedHeader } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Emulator } from '../../../src/emulator/emulator.js';
import { SPA_ORIGIN, send, startTestEmulator, TENANT } from '../emulator-fixture.js';

describe('controls', () => {
  let emulator: Emulator;
  beforeAll(async () => {
    emulator = await startTestEmulator();
  });
  afterAll(() => emulator.close());

  const control = (path: string, body: unknown, headers: Record<string, string> = {}) =>
    send(`${emulator.instance}/emulator/${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-emulator': '1', ...headers },
      body: JSON.stringify(body),
    });

  describe('tokens', () => {
    it('are issued for a persona', async () => {
      const { status, body } = await control('tokens', { persona: 'writer' });
      expect([status, body.token_type, body.expires_in]).toEqual([200, 'Bearer', 3600]);
      expect(decodeJwt(body.access_token).name).toBe('The writer');
    });

    it('are issued with changes', async () => {
      const changes = {
        version: 1,
        authContext: 'c1',
        expiresInSeconds: 60,
        claims: { extra: true },
        header: { kid: 'x' },
      };
      const { body } = await control('tokens', { persona: 'writer', ...changes });
      expect(decodeJwt(body.access_token)).toMatchObject({ ver: '1.0', acrs: ['c1'], extra: true });
      expect([decodeProtectedHeader(body.access_token).kid, body.expires_in]).toEqual(['x', 60]);
    });

    it.each<[string, unknown]>([
      ['UNKNOWN_PERSONA', { persona: 'nobody' }],
      ['AUTH_CONTEXT_NOT_HELD', { persona: 'reader', authContext: 'c1' }],
      ['BAD_REQUEST', {}],
      ['BAD_REQUEST', []],
      ['BAD_REQUEST', { persona: 'writer', version: 3 }],
      ['BAD_REQUEST', { persona: 'writer', unknown: true }],
    ])('are refused with %s: %j', async (code, body) => {
      const answer = await control('tokens', body);
      expect([answer.status, answer.body.error]).toEqual([400, code]);
    });
  });

  describe('are closed', () => {
    it('without the custom header', async () => {
      const answer = await send(`${emulator.instance}/emulator/tokens`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: '{"persona":"writer"}',
      });
      expect([answer.status, answer.body.error]).toEqual([400, 'BAD_REQUEST']);
    });

    it.each([SPA_ORIGIN, 'https://evil.example'])('to the page %s', async (origin) => {
      expect((await control('tokens', { persona: 'writer' }, { origin })).body.error_codes).toEqual([9002326]);
    });

    it('to other formats than JSON', async () => {
      const answer = await control('tokens', { persona: 'writer' }, { 'content-type': 'text/plain' });
      expect(answer.status).toBe(400);
    });

    it.each([SPA_ORIGIN, 'https://evil.example'])('to the preflight of %s', async (origin) => {
      const answer = await send(`${emulator.instance}/emulator/tokens`, {
        method: 'OPTIONS',
        headers: { origin, 'access-control-request-method': 'POST', 'access-control-request-headers': 'x-emulator' },
      });
      expect(answer.headers.get('access-control-allow-headers') ?? '').not.toContain('x-emulator');
    });
  });

  it('rotate the keys', async () => {
    const kids = async (): Promise<string[]> =>
      (await send(`${emulator.instance}/${TENANT}/discovery/v2.0/keys`)).body.keys.map(
        ({ kid }: { kid: string }) => kid,
      );
    const [, announced] = await kids();
    const { status, body } = await control('keys/rotate', { keepOld: false });
    expect([status, body.kid, (await kids()).length]).toEqual([200, announced, 2]);
  });

  it('rotate the keys without a body', async () => {
    const answer = await send(`${emulator.instance}/emulator/keys/rotate`, {
      method: 'POST',
      headers: { 'x-emulator': '1' },
    });
    expect(answer.status).toBe(200);
  });

  it('set a fault and take it back', async () => {
    const keys = async () => (await send(`${emulator.instance}/${TENANT}/discovery/keys`)).status;
    const set = await control('faults', { at: 'keys', kind: 'answer', status: 503 });
    const during = await keys();
    const cleared = await send(`${emulator.instance}/emulator/faults`, {
      method: 'DELETE',
      // Clients that always send the content type do so without a body too.
      headers: { 'x-emulator': '1', 'content-type': 'application/json' },
    });
    expect([set.status, during, cleared.status, await keys()]).toEqual([204, 503, 204, 200]);
  });

  it.each<unknown>([
    {},
    { at: 'keys', kind: 'delay' },
    { at: 'authorize', kind: 'disconnect' },
    { at: 'keys', kind: 'disconnect', times: 0 },
  ])('refuse a value that is not a fault: %j', async (fault) => {
    expect((await control('faults', fault)).body.error).toBe('BAD_REQUEST');
  });
});
