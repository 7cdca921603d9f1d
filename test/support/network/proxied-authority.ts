import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generate } from 'selfsigned';
import { type FakeKey, ids } from '../tenant.js';
import { type ConnectProxy, startConnectProxy } from './connect-proxy.js';

/** Entra's public cloud with one key, that can only be reached through a proxy. */
export interface ProxiedAuthority {
  readonly proxy: ConnectProxy;
  /** PEM file for `NODE_EXTRA_CA_CERTS`. */
  readonly certificateFile: string;
  close(): Promise<void>;
}

const HOST = 'login.microsoftonline.com';

/** Starts an https server that has a certificate for Entra's host, and a proxy that leads everything there. */
export async function startProxiedAuthority(key: FakeKey): Promise<ProxiedAuthority> {
  const certificate = await createCertificate();
  const server = createServer({ key: certificate.private, cert: certificate.cert }, (request, response) => {
    const document = documentAt(request.url ?? '', key);
    response
      .writeHead(document ? 200 : 404, { 'content-type': 'application/json' })
      .end(JSON.stringify(document ?? {}));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const bound = server.address();
  const proxy = await startConnectProxy(`127.0.0.1:${bound !== null && typeof bound === 'object' ? bound.port : ''}`);
  const folder = await mkdtemp(join(tmpdir(), 'entra-graphql-proxy-'));
  const certificateFile = join(folder, 'ca.pem');
  await writeFile(certificateFile, certificate.cert);
  return {
    proxy,
    certificateFile,
    async close() {
      await proxy.close();
      server.closeAllConnections();
      await new Promise<unknown>((resolve) => server.close(resolve));
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function createCertificate() {
  return generate([{ name: 'commonName', value: HOST }], {
    algorithm: 'sha256',
    keyType: 'ec',
    extensions: [
      { name: 'basicConstraints', cA: true, critical: true },
      { name: 'subjectAltName', altNames: [{ type: 2, value: HOST }] },
    ],
  });
}

function documentAt(path: string, key: FakeKey): object | undefined {
  const root = `https://${HOST}/${ids.tenant}`;
  const documents: Record<string, object> = {
    [`/${ids.tenant}/v2.0/.well-known/openid-configuration`]: {
      issuer: `${root}/v2.0`,
      jwks_uri: `${root}/discovery/v2.0/keys`,
    },
    [`/${ids.tenant}/discovery/v2.0/keys`]: { keys: [{ ...key.jwk, issuer: `${root}/v2.0` }] },
  };
  return documents[path];
}
