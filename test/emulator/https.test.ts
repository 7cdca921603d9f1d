import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { request } from 'node:https';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createAuthentication } from '../../src/authentication/authentication.js';
import { type Emulator, startEmulator } from '../../src/emulator/emulator.js';
import { createTlsCertificate } from '../../src/emulator/https/tls-certificate.js';
import { API, DEFAULT_SCOPE, OPTIONS, send, startTestEmulator, TENANT, WEB, WEB_SECRET } from './emulator-fixture.js';

const JOB_OPTIONS = {
  ...OPTIONS,
  clients: [{ kind: 'confidential', clientId: WEB, name: 'Web', secret: WEB_SECRET, persona: 'job' }],
} as const;

describe('an emulator with https', () => {
  let emulator: Emulator;
  let port: string;
  beforeAll(async () => {
    emulator = await startEmulator({ ...JOB_OPTIONS, https: true });
    ({ port } = new URL(emulator.instance));
  });
  afterAll(() => emulator.close());

  /** Sends a request that trusts the certificate, and reads JSON. */
  function ask(address: string, { headers = {}, body }: { headers?: Record<string, string>; body?: string } = {}) {
    const options = { ca: emulator.certificate, agent: false, headers, method: body === undefined ? 'GET' : 'POST' };
    // biome-ignore lint/suspicious/noExplicitAny: tests read whatever JSON the emulator answers
    return new Promise<any>((resolve, reject) => {
      const call = request(address, options, async (response) => {
        const chunks = [];
        for await (const chunk of response) chunks.push(chunk);
        resolve(JSON.parse(Buffer.concat(chunks).toString()));
      });
      call.on('error', reject).end(body);
    });
  }

  const metadata = '/v2.0/.well-known/openid-configuration';
  const tokenForm = new URLSearchParams({
    grant_type: 'client_credentials',
    client_id: WEB,
    client_secret: WEB_SECRET,
    scope: DEFAULT_SCOPE,
  }).toString();
  const formHeaders = { 'content-type': 'application/x-www-form-urlencoded' };

  it('has one port for both schemes', () => {
    expect(emulator.instance).toBe(`https://127.0.0.1:${port}`);
    expect(emulator.httpInstance).toBe(`http://127.0.0.1:${port}`);
  });

  it('names http addresses over http', async () => {
    const { body } = await send(`${emulator.httpInstance}/${TENANT}${metadata}`);
    expect(body.issuer).toBe(`${emulator.httpInstance}/${TENANT}/v2.0`);
    expect(JSON.stringify(body)).not.toContain('https://');
  });

  it.each(['127.0.0.1', 'localhost'])('names its own addresses over https, called %s', async (name) => {
    const body = await ask(`https://${name}:${port}/${TENANT}${metadata}`);
    expect(body.issuer).toBe(`https://${name}:${port}/${TENANT}/v2.0`);
    const addresses = Object.entries(body).filter(([key]) => /(_endpoint|_uri)$/.test(key));
    expect(addresses.length).toBeGreaterThan(3);
    for (const [, address] of addresses) expect(address).toMatch(`https://${name}:${port}/`);
  });

  it.each(['127.0.0.1', 'localhost'])('issues tokens that name the issuer of the metadata, called %s', async (name) => {
    const base = `https://${name}:${port}/${TENANT}`;
    const { access_token: accessToken } = await ask(`${base}/oauth2/v2.0/token`, {
      headers: formHeaders,
      body: tokenForm,
    });
    const { keys } = await ask(`${base}/discovery/v2.0/keys`);
    const claims = JSON.parse(Buffer.from(accessToken.split('.')[1], 'base64url').toString());
    expect([claims.iss, keys[0].issuer]).toEqual([`${base}/v2.0`, `${base}/v2.0`]);
  });

  it('issues tokens over https that a server accepts which knows it by http', async () => {
    const authentication = createAuthentication({
      tenantId: TENANT,
      clientId: API,
      audiences: [API],
      instance: emulator.httpInstance,
    });
    const overHttps = await ask(`https://localhost:${port}/${TENANT}/oauth2/v2.0/token`, {
      headers: formHeaders,
      body: tokenForm,
    });
    const verified = await authentication.verify(overHttps.access_token);
    const asIs = await authentication.verify(await emulator.issueAccessToken('writer'));
    authentication.close();
    expect([verified.caller.kind, asIs.caller.kind]).toEqual(['app-only', 'delegated']);
  });

  it('keeps sessions over https in a cookie that goes along in frames of other sites', async () => {
    const headers: string[] = [];
    await new Promise<void>((resolve, reject) => {
      const address = `${emulator.instance}/${TENANT}/oauth2/v2.0/logout`;
      request(address, { ca: emulator.certificate, agent: false }, (response) => {
        headers.push(...(response.headers['set-cookie'] ?? []));
        response.resume().on('end', resolve);
      })
        .on('error', reject)
        .end();
    });
    expect(headers.join()).toMatch(/^__Host-.*; Path=\/; HttpOnly; SameSite=None; Secure/);
  });

  it('is not trusted by a client that does not know its certificate', async () => {
    const attempt = new Promise((resolve, reject) => {
      request(emulator.instance, { agent: false }, resolve).on('error', reject).end();
    });
    await expect(attempt).rejects.toMatchObject({ code: 'DEPTH_ZERO_SELF_SIGNED_CERT' });
  });

  it('goes on after a connection that is neither TLS nor HTTP', async () => {
    for (const bytes of [Buffer.from([22, 3, 1, 0, 0]), Buffer.from([0]), Buffer.from('hello\r\n\r\n')]) {
      const socket = connect(Number(port), '127.0.0.1').on('error', () => undefined);
      socket.resume().end(bytes);
      await once(socket, 'close');
    }
    expect((await send(`${emulator.httpInstance}/${TENANT}${metadata}`)).status).toBe(200);
  });

  it('closes with connections that have said nothing', async () => {
    const other = await startTestEmulator({ https: true });
    const silent = connect(Number(new URL(other.instance).port), '127.0.0.1').on('error', () => undefined);
    await once(silent, 'connect');
    const ended = once(silent.resume(), 'close');
    await other.close();
    await ended;
  });
});

describe('the certificate', () => {
  it('is for loopback names only, and no authority for others', async () => {
    const certificate = new X509Certificate((await createTlsCertificate()).cert);
    expect(certificate.subjectAltName).toBe('DNS:localhost, IP Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1');
    expect(certificate.ca).toBe(false);
  });

  it('can be given', async () => {
    const certificate = await createTlsCertificate();
    const emulator = await startTestEmulator({ https: certificate });
    await emulator.close();
    expect(emulator.certificate).toBe(certificate.cert);
  });
});
