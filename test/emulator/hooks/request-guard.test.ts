import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Emulator } from '../../../src/emulator/emulator.js';
import {
  authorizeAddress,
  post,
  requestIdOf,
  SPA_ORIGIN,
  send,
  startTestEmulator,
  TENANT,
} from '../emulator-fixture.js';

describe('request guard', () => {
  let emulator: Emulator;
  beforeAll(async () => {
    emulator = await startTestEmulator();
  });
  afterAll(() => emulator.close());

  /** `fetch` sets its own Host header, so these requests go out by hand. */
  const statusFor = (host: string, path = '/') =>
    new Promise<number | undefined>((resolve, reject) => {
      request(new URL(path, emulator.instance), { headers: { host } }, (response) => {
        response.resume();
        resolve(response.statusCode);
      })
        .on('error', reject)
        .end();
    });
  const port = () => new URL(emulator.instance).port;

  it.each(['127.0.0.1', 'localhost', '[::1]'])('knows itself as %s', async (name) => {
    expect(await statusFor(`${name}:${port()}`)).toBe(200);
  });

  it.each(['evil.example', 'localhost.evil.example', '127.0.0.2', '0.0.0.0'])(
    'answers no client that calls it %s',
    async (name) => {
      expect(await statusFor(`${name}:${port()}`)).toBe(421);
    },
  );

  it('answers no client that names another port', async () => {
    expect(await statusFor('127.0.0.1:1')).toBe(421);
  });

  it('answers no such client at an address that does not exist either', async () => {
    expect(await statusFor('evil.example', '/nothing')).toBe(421);
  });

  it('keeps its own name in the issuer, whatever it is called', async () => {
    const { body } = await send(`http://localhost:${port()}/${TENANT}/v2.0/.well-known/openid-configuration`);
    expect(body.issuer).toBe(`${emulator.instance}/${TENANT}/v2.0`);
  });

  it('takes its own forms', async () => {
    const form = { request: requestIdOf(await send(authorizeAddress(emulator))), persona: 'writer' };
    expect((await post(`${emulator.instance}/signin`, form, { origin: emulator.instance })).status).toBe(303);
  });

  it.each(['https://evil.example', 'null'])('takes no form of %s', async (origin) => {
    const form = { request: requestIdOf(await send(authorizeAddress(emulator))), persona: 'writer' };
    expect((await post(`${emulator.instance}/signin`, form, { origin })).status).toBe(400);
  });

  it('does not let any page read the pages', async () => {
    const { headers } = await send(authorizeAddress(emulator), { headers: { origin: SPA_ORIGIN } });
    expect(headers.get('access-control-allow-origin')).toBeNull();
  });
});
