import { describe, expect, it } from 'vitest';
import type { EmulatorOptions } from '../../src/emulator/emulator.js';
import { API, JOB, OPTIONS, send, startTestEmulator, TENANT, WEB, WEB_SECRET } from './emulator-fixture.js';

type Case = readonly [what: string, changes: Partial<EmulatorOptions>];

describe('emulator', () => {
  it('does not start in production', async () => {
    await expect(startTestEmulator({ environment: 'production' })).rejects.toMatchObject({ code: 'PRODUCTION' });
  });

  it('starts in development', async () => {
    const emulator = await startTestEmulator({ environment: 'development' });
    await emulator.close();
    expect(emulator.instance).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
  });

  it.each(['0.0.0.0', '::', '192.168.0.1', 'example.com', ''])('does not start on %s', async (host) => {
    const options = { ...OPTIONS, host } as EmulatorOptions;
    await expect(startTestEmulator(options)).rejects.toMatchObject({ code: 'NOT_LOOPBACK' });
  });

  it('names its port if it is in use', async () => {
    const emulator = await startTestEmulator();
    const port = Number(new URL(emulator.instance).port);
    await expect(startTestEmulator({ port })).rejects.toMatchObject({ name: 'EmulatorError', code: 'PORT_IN_USE' });
    await emulator.close();
  });

  it('frees its port when closed', async () => {
    const first = await startTestEmulator();
    const port = Number(new URL(first.instance).port);
    await first.close();
    const second = await startTestEmulator({ port });
    await second.close();
    expect(second.instance).toBe(first.instance);
  });

  it.each<Case>([
    ['no tenant', { tenants: [], personas: [] }],
    ['a tenant that is not a GUID', { tenants: [...OPTIONS.tenants, { id: 'contoso', name: 'Contoso' }] }],
    ['a tenant twice', { tenants: [...OPTIONS.tenants, ...OPTIONS.tenants] }],
    ['a client twice', { clients: [...OPTIONS.clients, ...OPTIONS.clients] }],
    ['a persona twice', { personas: [...OPTIONS.personas, ...OPTIONS.personas] }],
    ['a persona of an unknown tenant', { tenants: OPTIONS.tenants.slice(0, 1) }],
    ['a persona with an unknown scope', { api: { clientId: API, scopes: ['Files.Read'] } }],
    ['a client for a user', { clients: [{ kind: 'confidential', clientId: JOB, name: 'Job', persona: 'writer' }] }],
    [
      'a relative redirect URI',
      { clients: [{ kind: 'public', clientId: JOB, name: 'App', redirectUris: ['/callback'] }] },
    ],
    [
      'a redirect URI with a fragment',
      { clients: [{ kind: 'public', clientId: JOB, name: 'App', redirectUris: ['https://a.example/#b'] }] },
    ],
  ])('does not start with %s', async (_what, changes) => {
    await expect(startTestEmulator(changes)).rejects.toMatchObject({ code: 'BAD_OPTIONS' });
  });

  it('returns the secrets of clients, whether given or generated', async () => {
    const emulator = await startTestEmulator();
    await emulator.close();
    expect([emulator.clientSecrets.get(WEB), emulator.clientSecrets.get(JOB)?.length]).toEqual([WEB_SECRET, 32]);
  });

  it('shows its personas and no secret', async () => {
    const emulator = await startTestEmulator();
    const { body } = await send(emulator.instance);
    await emulator.close();
    expect([body.includes('The writer'), body.includes(TENANT), body.includes(WEB_SECRET)]).toEqual([
      true,
      true,
      false,
    ]);
  });

  it('remembers requests without their queries', async () => {
    const emulator = await startTestEmulator();
    await send(`${emulator.instance}/?code=secret`);
    await emulator.close();
    expect(emulator.requests).toEqual([{ method: 'GET', path: '/' }]);
  });

  it('uses the name localhost if configured', async () => {
    const emulator = await startTestEmulator({ host: 'localhost' });
    // Looking up a name needs a thread, and all threads are busy while keys are generated.
    const address = emulator.instance.replace('localhost', '127.0.0.1');
    const { body } = await send(`${address}/${TENANT}/v2.0/.well-known/openid-configuration`);
    await emulator.close();
    expect(body.issuer).toMatch(/^http:\/\/localhost:\d+\//);
  });
});
