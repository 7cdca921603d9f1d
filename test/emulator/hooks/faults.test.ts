import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Emulator } from '../../../src/emulator/emulator.js';
import { OTHER_TENANT, postToken, send, startTestEmulator, TENANT } from '../emulator-fixture.js';

describe('faults', () => {
  let emulator: Emulator;
  beforeAll(async () => {
    emulator = await startTestEmulator();
  });
  afterEach(() => emulator.setFault(undefined));
  afterAll(() => emulator.close());

  const keys = (tenant = TENANT, path = 'discovery/v2.0/keys') => send(`${emulator.instance}/${tenant}/${path}`);
  const metadata = () => send(`${emulator.instance}/${TENANT}/v2.0/.well-known/openid-configuration`);

  it('answer with a status', async () => {
    emulator.setFault({ at: 'keys', kind: 'answer', status: 503, headers: { 'retry-after': '7' } });
    const { status, headers } = await keys();
    expect([status, headers.get('retry-after')]).toEqual([503, '7']);
  });

  it('answer with something else than JSON', async () => {
    emulator.setFault({
      at: 'metadata',
      kind: 'answer',
      contentType: 'text/html',
      body: '<p>Sign in to the proxy</p>',
    });
    const { status, headers, body } = await metadata();
    expect([status, headers.get('content-type'), body]).toEqual([
      200,
      expect.stringContaining('text/html'),
      '<p>Sign in to the proxy</p>',
    ]);
  });

  it('answer with another document', async () => {
    emulator.setFault({ at: 'keys', kind: 'answer', body: '{"keys":[]}' });
    expect((await keys()).body).toEqual({ keys: [] });
  });

  it('end the connection', async () => {
    emulator.setFault({ at: 'keys', kind: 'disconnect' });
    await expect(keys()).rejects.toThrow();
  });

  it('delay the answer', async () => {
    emulator.setFault({ at: 'keys', kind: 'delay', delayMs: 120 });
    const startedAt = performance.now();
    const { status } = await keys();
    expect([status, performance.now() - startedAt >= 110]).toEqual([200, true]);
  });

  it('concern every tenant and both versions', async () => {
    emulator.setFault({ at: 'keys', kind: 'answer', status: 500 });
    expect([(await keys(OTHER_TENANT)).status, (await keys(TENANT, 'discovery/keys')).status]).toEqual([500, 500]);
  });

  it('concern one kind of address', async () => {
    emulator.setFault({ at: 'keys', kind: 'answer', status: 500 });
    expect((await metadata()).status).toBe(200);
  });

  it('concern the token endpoint', async () => {
    emulator.setFault({ at: 'token', kind: 'answer', status: 429 });
    expect((await postToken(emulator, {})).status).toBe(429);
  });

  it('end after as many times as asked', async () => {
    emulator.setFault({ at: 'keys', kind: 'answer', status: 500, times: 2 });
    expect([(await keys()).status, (await keys()).status, (await keys()).status]).toEqual([500, 500, 200]);
  });

  it('end when taken back', async () => {
    emulator.setFault({ at: 'keys', kind: 'answer', status: 500 });
    emulator.setFault(undefined);
    expect((await keys()).status).toBe(200);
  });

  it('do not keep the emulator from closing', async () => {
    const other = await startTestEmulator();
    other.setFault({ at: 'keys', kind: 'delay', delayMs: 60_000 });
    const hanging = send(`${other.instance}/${TENANT}/discovery/keys`).catch(() => 'ended');
    while (other.requests.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    await other.close();
    expect(await hanging).toBe('ended');
  });
});
