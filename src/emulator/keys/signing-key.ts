import { createHash, generateKeyPair, type KeyObject, X509Certificate } from 'node:crypto';
import { promisify } from 'node:util';

/** One of the emulator's RSA keys with its entry in the key document. */
export interface SigningKey {
  /** base64url(SHA-1(certificate)). In Entra too, `kid` and `x5t` are the same. */
  readonly kid: string;
  readonly privateKey: KeyObject;
  readonly jwk: SigningKeyJwk;
}

/** The members both versions of the key document have. `alg` is missing because Entra sends none. */
export interface SigningKeyJwk {
  readonly kty: 'RSA';
  readonly use: 'sig';
  readonly kid: string;
  readonly x5t: string;
  readonly n: string;
  readonly e: string;
  readonly x5c: readonly string[];
}

/** Creates an RSA-2048 key and its certificate. Nothing is written to disk. */
export async function createSigningKey(): Promise<SigningKey> {
  const [pair, selfsigned] = await Promise.all([
    promisify(generateKeyPair)('rsa', { modulusLength: 2048 }),
    // Loaded meanwhile, because that takes as long as creating the key.
    import('selfsigned'),
  ]);
  // Entra's own signing certificates have this name.
  const issued = await selfsigned.generate([{ name: 'commonName', value: 'accounts.accesscontrol.windows.net' }], {
    algorithm: 'sha256',
    keyPair: {
      privateKey: pair.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
      publicKey: pair.publicKey.export({ type: 'spki', format: 'pem' }).toString(),
    },
  });
  const der = new X509Certificate(issued.cert).raw;
  const kid = createHash('sha1').update(der).digest('base64url');
  const { n = '', e = '' } = pair.publicKey.export({ format: 'jwk' });
  return {
    kid,
    privateKey: pair.privateKey,
    jwk: { kty: 'RSA', use: 'sig', kid, x5t: kid, n, e, x5c: [der.toString('base64')] },
  };
}
