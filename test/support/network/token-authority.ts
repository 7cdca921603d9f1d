import { createServer, request } from 'node:https';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { type Emulator, type EmulatorOptions, startEmulator } from '../../../src/emulator/emulator.js';
import { createTlsCertificate } from '../../../src/emulator/https/tls-certificate.js';

/** An emulator over https whose tokens the test gets before the client does. */
export interface TokenAuthority {
  readonly instance: string;
  /** The address that the emulator itself knows. */
  readonly emulator: string;
  readonly certificate: string;
  readonly clientSecrets: Emulator['clientSecrets'];
  close(): Promise<void>;
}

/** @param onToken called with each access token, which is sent once it resolves */
export async function startTokenAuthority(
  options: EmulatorOptions,
  onToken: (token: string) => Promise<void>,
): Promise<TokenAuthority> {
  const tls = await createTlsCertificate();
  const emulator = await startEmulator({ ...options, https: tls });
  let instance = '';
  const server = createServer(tls, (asked, answer) => {
    const { method, url = '' } = asked;
    // The emulator answers to its own name alone.
    const headers = { ...asked.headers, host: new URL(emulator.instance).host };
    const led = request(new URL(url, emulator.instance), { method, headers, ca: tls.cert }, async (response) => {
      const body = await text(response);
      const token: unknown = Object(JSON.parse(body)).access_token;
      if (typeof token === 'string') await onToken(token);
      answer.writeHead(response.statusCode ?? 500, { 'content-type': 'application/json' });
      answer.end(body.replaceAll(emulator.instance, instance));
    });
    asked.pipe(led);
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const { port } = server.address() as AddressInfo;
  instance = `https://127.0.0.1:${port}`;
  return {
    instance,
    emulator: emulator.instance,
    certificate: tls.cert,
    clientSecrets: emulator.clientSecrets,
    async close() {
      server.close();
      server.closeAllConnections();
      await emulator.close();
    },
  };
}
