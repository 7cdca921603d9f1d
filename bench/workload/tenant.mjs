import { createHash, createPublicKey, generateKeyPairSync, randomUUID, X509Certificate } from 'node:crypto';
import { createServer } from 'node:http';
import { generate as generateCertificate } from 'selfsigned';

/**
 * A tenant with one fresh RSA-2048 signing key, whose metadata and keys are served on a free port of the loopback
 * interface as Entra serves them. Nothing of it outlives the run.
 *
 * @param {string} [tenantId] GUID; by default a new one
 */
export async function startTenant(tenantId = randomUUID()) {
  const signing = await createSigningKey();
  const server = createServer((request, response) => {
    const document = documents.get(new URL(request.url, 'http://localhost').pathname);
    response.writeHead(document ? 200 : 404, { 'content-type': 'application/json' }).end(document);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const instance = `http://127.0.0.1:${server.address().port}`;
  const documents = publish(instance, tenantId, signing.jwk);
  return {
    /** The configuration of a server, as plain data. */
    settings: {
      instance,
      tenantId,
      clientId: randomUUID(),
      issuer: `${instance}/${tenantId}/v2.0`,
      jwksUri: `${instance}/${tenantId}/discovery/v2.0/keys`,
    },
    signing,
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}

/** `kid` is the thumbprint of the key's certificate, and the certificate is in the key set: as in Entra. */
async function createSigningKey() {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  });
  const { cert } = await generateCertificate([{ name: 'commonName', value: 'bench' }], {
    algorithm: 'sha256',
    keyPair: { privateKey, publicKey },
  });
  const certificate = new X509Certificate(cert).raw;
  const kid = createHash('sha1').update(certificate).digest('base64url');
  const { n, e } = createPublicKey(publicKey).export({ format: 'jwk' });
  const x5c = [certificate.toString('base64')];
  return { kid, privateKey, publicKey, jwk: { kty: 'RSA', use: 'sig', kid, x5t: kid, n, e, x5c } };
}

/** Metadata and keys by path, for both token versions. */
function publish(instance, tenantId, jwk) {
  const base = `${instance}/${tenantId}`;
  const issuer = `${base}/v2.0`;
  return new Map(
    Object.entries({
      [`/${tenantId}/.well-known/openid-configuration`]: {
        issuer: `${base}/`,
        jwks_uri: `${base}/discovery/keys`,
      },
      [`/${tenantId}/v2.0/.well-known/openid-configuration`]: { issuer, jwks_uri: `${base}/discovery/v2.0/keys` },
      [`/${tenantId}/discovery/keys`]: { keys: [jwk] },
      [`/${tenantId}/discovery/v2.0/keys`]: { keys: [{ ...jwk, issuer }] },
    }).map(([path, document]) => [path, JSON.stringify(document)]),
  );
}
