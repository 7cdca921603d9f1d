import { createPrivateKey, X509Certificate } from 'node:crypto';
import { generate } from 'selfsigned';
import type { FakeKey } from '../tenant.js';

/** A key with a certificate of its own, the way Entra publishes its keys: `kid` and `x5t` are the thumbprint. */
export async function createCertifiedKey(validUntil = new Date('2040-01-01')): Promise<FakeKey> {
  const made = await generate([{ name: 'commonName', value: 'accounts.accesscontrol.windows.net' }], {
    keySize: 2048,
    algorithm: 'sha256',
    notBeforeDate: new Date('2020-01-01'),
    notAfterDate: validUntil,
  });
  const certificate = new X509Certificate(made.cert);
  const { n, e } = certificate.publicKey.export({ format: 'jwk' });
  const kid = Buffer.from(certificate.fingerprint.replaceAll(':', ''), 'hex').toString('base64url');
  const x5c = [certificate.raw.toString('base64')];
  return {
    privateKey: createPrivateKey(made.private),
    publicKey: certificate.publicKey,
    kid,
    jwk: { kty: 'RSA', use: 'sig', kid, x5t: kid, n, e, x5c },
  };
}
