import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { createKeyRing } from '../../../src/emulator/keys/key-ring.js';
import type { SigningKey } from '../../../src/emulator/keys/signing-key.js';

const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });

/** A ring whose keys are called k1, k2, … in the order they were made. */
function createNumberedRing() {
  let count = 0;
  return createKeyRing(async (): Promise<SigningKey> => {
    count += 1;
    const kid = `k${count}`;
    return { kid, privateKey, jwk: { kty: 'RSA', use: 'sig', kid, x5t: kid, n: '', e: '', x5c: [] } };
  });
}

const kidsOf = async (keys: Promise<readonly SigningKey[]>) => (await keys).map(({ kid }) => kid);

describe('key ring', () => {
  it('publishes the next key before it signs', async () => {
    const ring = createNumberedRing();
    expect((await ring.current()).kid).toBe('k1');
    expect(await kidsOf(ring.published())).toEqual(['k1', 'k2']);
  });

  it('signs with the announced key after a rotation, and announces another', async () => {
    const ring = createNumberedRing();
    await ring.rotate(true);
    expect((await ring.current()).kid).toBe('k2');
    expect(await kidsOf(ring.published())).toEqual(['k2', 'k3', 'k1']);
  });

  it('can drop the old key', async () => {
    const ring = createNumberedRing();
    await ring.rotate(false);
    expect(await kidsOf(ring.published())).toEqual(['k2', 'k3']);
  });

  it('keeps at most four retired keys', async () => {
    const ring = createNumberedRing();
    for (let rotation = 0; rotation < 6; rotation += 1) await ring.rotate(true);
    expect(await kidsOf(ring.published())).toEqual(['k7', 'k8', 'k6', 'k5', 'k4', 'k3']);
  });
});
