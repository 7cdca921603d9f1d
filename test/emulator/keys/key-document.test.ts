import { createHash, createPublicKey, X509Certificate } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Emulator } from '../../../src/emulator/emulator.js';
import type { V2Jwk } from '../../../src/emulator/keys/key-document.js';
import { send, startTestEmulator, TENANT } from '../emulator-fixture.js';

describe('key documents', () => {
  let emulator: Emulator;
  beforeAll(async () => {
    emulator = await startTestEmulator();
  });
  afterAll(() => emulator.close());

  const v1Keys = async (): Promise<V2Jwk[]> => (await send(`${emulator.instance}/${TENANT}/discovery/keys`)).body.keys;
  const v2Keys = async (tenant: string = TENANT): Promise<V2Jwk[]> =>
    (await send(`${emulator.instance}/${tenant}/discovery/v2.0/keys`)).body.keys;

  it('show at least two keys', async () => {
    expect((await v2Keys()).length).toBeGreaterThanOrEqual(2);
  });

  it('show the same keys in both versions', async () => {
    expect((await v1Keys()).map(({ kid }) => kid)).toEqual((await v2Keys()).map(({ kid }) => kid));
  });

  it('have the members of v1.0, and no alg', async () => {
    for (const key of await v1Keys()) {
      expect(Object.keys(key).sort()).toEqual(['e', 'kid', 'kty', 'n', 'use', 'x5c', 'x5t']);
    }
  });

  it('have the members of v2.0, and no alg', async () => {
    for (const key of await v2Keys()) {
      expect(Object.keys(key).sort()).toEqual([
        'cloud_instance_name',
        'e',
        'issuer',
        'kid',
        'kty',
        'n',
        'use',
        'x5c',
        'x5t',
      ]);
    }
  });

  it('say in v2.0 which issuer a key signs for', async () => {
    for (const key of await v2Keys()) expect(key.issuer).toBe(`${emulator.instance}/${TENANT}/v2.0`);
  });

  it('say it as a template for common', async () => {
    for (const key of await v2Keys('common')) expect(key.issuer).toBe(`${emulator.instance}/{tenantid}/v2.0`);
  });

  it('have the SHA-1 thumbprint of the certificate as kid and x5t', async () => {
    for (const { kid, x5t, x5c } of await v2Keys()) {
      const thumbprint = createHash('sha1').update(derOf(x5c)).digest('base64url');
      expect([kid, x5t]).toEqual([thumbprint, thumbprint]);
    }
  });

  it('have a certificate of the same key', async () => {
    for (const { n, e, x5c } of await v2Keys()) {
      const certified = new X509Certificate(derOf(x5c)).publicKey.export({ format: 'jwk' });
      expect({ n, e }).toEqual({ n: certified.n, e: certified.e });
    }
  });

  it('have RSA keys of the size and exponent of Entra', async () => {
    for (const { n, e } of await v2Keys()) {
      const { asymmetricKeyDetails } = createPublicKey({ key: { kty: 'RSA', n, e }, format: 'jwk' });
      expect(asymmetricKeyDetails).toMatchObject({ modulusLength: 2048, publicExponent: 65537n });
    }
  });

  it('have certificates signed with SHA-256', async () => {
    const sha256WithRsa = Buffer.from('06092a864886f70d01010b', 'hex');
    for (const { x5c } of await v2Keys()) expect(derOf(x5c).includes(sha256WithRsa)).toBe(true);
  });
});

const derOf = (x5c: readonly string[]): Buffer => Buffer.from(x5c[0] ?? '', 'base64');
