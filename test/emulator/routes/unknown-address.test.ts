import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Emulator } from '../../../src/emulator/emulator.js';
import { send, startTestEmulator } from '../emulator-fixture.js';

describe('an address that the emulator does not have', () => {
  let emulator: Emulator;
  beforeAll(async () => {
    emulator = await startTestEmulator();
  });
  afterAll(() => emulator.close());

  it('is a page for browsers, with a link to the home page', async () => {
    const { status, headers, body } = await send(`${emulator.instance}/nothing`, { headers: { accept: 'text/html' } });
    expect([status, headers.get('content-type')]).toEqual([404, 'text/html; charset=utf-8']);
    expect(body).toContain('<a href="/">');
  });

  it('says to programs where the endpoints are', async () => {
    const { status, body } = await send(`${emulator.instance}/nothing`);
    expect(status).toBe(404);
    expect(body).toEqual({
      error: 'not_found',
      error_description: expect.stringContaining('/common/v2.0/.well-known/openid-configuration'),
    });
  });

  it('that it names is there', async () => {
    const { status } = await send(`${emulator.instance}/common/v2.0/.well-known/openid-configuration`);
    expect(status).toBe(200);
  });
});
