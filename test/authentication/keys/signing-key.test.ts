import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { isSameKey, parseSigningKey, UnusableKeyError } from '../../../src/authentication/keys/signing-key.js';
import { AUTHENTICATION_LIMITS } from '../../../src/authentication/limits.js';
import { isJsonObject } from '../../../src/values/is-object.js';
import { createCertifiedKey } from '../../support/network/certificate.js';
import { refusal } from '../../support/refusal.js';
import { createKey, createTenant, type FakeKey, ids } from '../../support/tenant.js';

const key = createKey();
const certified = await createCertifiedKey();

/** `usable`, or why the entry is not. */
function verdictOn(jwk: unknown, cloud?: string): string {
  if (!isJsonObject(jwk)) throw new Error('a test gave no object');
  try {
    parseSigningKey(jwk, cloud);
    return 'usable';
  } catch (error) {
    if (error instanceof UnusableKeyError) return error.message;
    throw error;
  }
}

const changed = (changes: Record<string, unknown>) => verdictOn({ ...key.jwk, ...changes });
const exportedPublic = (made: { publicKey: FakeKey['publicKey'] }) => made.publicKey.export({ format: 'jwk' });

/** An entry with a modulus and an exponent of that many bits, and no known private key. */
function ofBits(bits: number, exponent = 65_537n): Record<string, unknown> {
  const toBase64Url = (value: bigint) => {
    const hex = value.toString(16);
    return Buffer.from(hex.padStart(hex.length + (hex.length % 2), '0'), 'hex').toString('base64url');
  };
  return { n: toBase64Url((1n << BigInt(bits)) - 1n), e: toBase64Url(exponent) };
}

describe('one entry of a key set', () => {
  it.each([
    [2048, 'usable'],
    [AUTHENTICATION_LIMITS.signingKeyBits.default, 'usable'],
    [AUTHENTICATION_LIMITS.signingKeyBits.default + 8, 'modulus too short or too long'],
    [2049, 'modulus too short or too long'],
  ])('a modulus of %i bits is %s', (bits, verdict) => {
    expect(changed(ofBits(bits))).toBe(verdict);
  });

  it.each([
    [3n, 'usable'],
    [0xff_ff_ff_ffn, 'usable'],
    [0x1_00_00_00_01n, 'weak exponent'],
  ])('an exponent of %s is %s', (exponent, verdict) => {
    expect(changed(ofBits(2048, exponent))).toBe(verdict);
  });

  it('an error is one of its kind, with its cause', () => {
    const parse = () => parseSigningKey({ ...certified.jwk, x5c: ['not a certificate'] }, undefined);
    expect(parse).toThrow(expect.objectContaining({ name: 'UnusableKeyError', message: 'x5c is malformed' }));
    expect(parse).toThrow(expect.objectContaining({ cause: expect.any(Error) }));
  });

  it('an RSA key for signatures is usable', () => {
    expect(changed({})).toBe('usable');
  });

  it.each([undefined, null, '', 7, 'a b', 'x'.repeat(129)])('kid %j is not usable', (kid) => {
    expect(changed({ kid })).toBe('no usable kid');
  });

  it.each(['enc', 7, null])('use %j', (use) => {
    expect(changed({ use })).toBe('use is not "sig"');
  });

  it('use missing', () => {
    expect(changed({ use: undefined })).toBe('usable');
  });

  it.each([['encrypt'], 'verify', [], null])('key_ops %j is not usable', (operations) => {
    expect(changed({ key_ops: operations })).toBe('key_ops has no "verify"');
  });

  it('key_ops verify is usable', () => {
    expect(changed({ key_ops: ['verify'] })).toBe('usable');
  });

  it.each(['RS384', 'PS256', 'HS256', 'none', 7, null])('alg %j is not usable', (alg) => {
    expect(changed({ alg })).toBe('alg is not "RS256"');
  });

  it('alg RS256 is usable', () => {
    expect(changed({ alg: 'RS256' })).toBe('usable');
  });

  it.each([512, 1024, 2040])('RSA of %i bits is not usable', (bits) => {
    expect(changed(exportedPublic(generateKeyPairSync('rsa', { modulusLength: bits })))).toBe(
      'modulus too short or too long',
    );
  });

  it('an RSA key that is too long is not usable', () => {
    const n = Buffer.alloc(2048, 0xff).toString('base64url');
    expect(changed({ n })).toBe('modulus too short or too long');
  });

  it.each([
    ['1', 'AQ'],
    ['2', 'Ag'],
    ['65536', 'AQAA'],
    ['over 32 bits', 'AQAAAAE'],
    ['0', 'AA'],
  ])('exponent %s is not usable', (_name, e) => {
    expect(changed({ e })).toMatch(/^(weak exponent|n or e is malformed)$/);
  });

  it('the smallest odd exponent is usable', () => {
    expect(changed({ e: 'Aw' })).toBe('usable');
  });

  it.each([
    ['EC', exportedPublic(generateKeyPairSync('ec', { namedCurve: 'P-256' }))],
    ['OKP', exportedPublic(generateKeyPairSync('ed25519'))],
    ['oct', { kty: 'oct', k: 'c2VjcmV0' }],
  ])('an %s key under the right kid is not usable', (_name, jwk) => {
    expect(changed({ n: undefined, e: undefined, ...jwk })).toBe('not an RSA key');
  });

  it.each([undefined, 7, null])('n %j is not usable', (n) => {
    expect(changed({ n })).toBe('n or e is missing');
  });

  it('n of nothing is not usable', () => {
    expect(changed({ n: '', e: '' })).toMatch(/^(modulus too short or too long|n or e is malformed|weak exponent)$/);
  });

  it('x5c is the certificate of n and e', () => {
    expect(verdictOn(certified.jwk)).toBe('usable');
  });

  it('x5c is of another key', () => {
    expect(verdictOn({ ...certified.jwk, n: key.jwk.n })).toBe('x5c is another key than n and e');
  });

  it.each([[], ['not a certificate'], 'text', null, [7]].map((x5c) => ({ x5c })))(
    'malformed %j is not usable',
    ({ x5c }) => {
      expect(verdictOn({ ...certified.jwk, x5c })).toBe('x5c is malformed');
    },
  );

  it('an expired certificate is of no consequence: the document vouches for the key', async () => {
    const expired = await createCertifiedKey(new Date('2021-01-01'));
    expect(verdictOn(expired.jwk)).toBe('usable');
  });

  it.each(['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k'])('private member %s is not usable', (member) => {
    expect(changed({ [member]: 'AQ' })).toBe('private key in the open');
  });

  it('x5c alone is usable', () => {
    const { n, e, x5t, ...rest } = certified.jwk;
    const parsed = parseSigningKey(rest, undefined);
    expect(parsed.publicKey.equals(certified.publicKey)).toBe(true);
    expect(parsed.x5t).toBe(x5t);
  });

  it('x5c alone is not usable with another kind of key in its certificate', async () => {
    const { generate } = await import('selfsigned');
    const { cert } = await generate([{ name: 'commonName', value: 'x' }], { keyType: 'ec', algorithm: 'sha256' });
    const x5c = [cert.replaceAll(/-----[^-]+-----|\s/g, '')];
    expect(verdictOn({ kty: 'RSA', kid: 'x', x5c })).toBe('not an RSA key');
  });

  it.each([7, null, {}])('issuer %j is not usable', (issuer) => {
    expect(changed({ issuer })).toBe('issuer is not a string');
  });

  it.each([
    ['microsoftonline.com', 'microsoftonline.com', 'usable'],
    ['microsoftonline.us', 'microsoftonline.com', 'of another cloud'],
    ['microsoftonline.us', undefined, 'usable'],
    [undefined, 'microsoftonline.com', 'usable'],
    [7, 'microsoftonline.com', 'of another cloud'],
  ])('a key of cloud %s where the metadata says %s', (ofKey, ofMetadata, verdict) => {
    expect(verdictOn({ ...key.jwk, cloud_instance_name: ofKey }, ofMetadata)).toBe(verdict);
  });
});

describe('the same key', () => {
  const one = parseSigningKey(key.jwk, undefined);
  const otherPair = createKey();
  it.each([
    ['nothing', {}, true],
    ['the modulus', { n: otherPair.jwk.n }, false],
    ['the issuer', { issuer: 'https://login.microsoftonline.com/{tenantid}/v2.0' }, false],
    ['the thumbprint', { x5t: 'x' }, false],
  ])('is the same only where nothing is changed: %s', (_name, changes, same) => {
    expect(isSameKey(one, parseSigningKey({ ...key.jwk, ...changes }, undefined))).toBe(same);
  });
});

describe('a key and a token', () => {
  const other = createKey();

  it('the kid of one key with the signature of another is refused', async () => {
    const tenant = createTenant();
    tenant.keySets['2.0'].push(other.jwk);
    const token = tenant.signAccessToken({ key: other, header: { kid: tenant.key.kid } });
    expect(await refusal(tenant.authentication().verify(token))).toBe('SIGNATURE_INVALID');
  });

  it.each([
    ['the header (an extra member)', 0, '"rh":"a', 'SIGNATURE_INVALID'],
    ['the header (alg)', 0, '"RS256', 'ALGORITHM_NOT_ALLOWED'],
    ['the payload (a name)', 1, 'Erin', 'SIGNATURE_INVALID'],
    ['the payload (aud)', 1, `"aud":"${ids.api}`, 'AUDIENCE_MISMATCH'],
    ['the signature', 2, '', 'SIGNATURE_INVALID'],
  ])('one bit flipped in %s is refused', async (_name, part, after, code) => {
    const tenant = createTenant();
    const parts = tenant.signAccessToken({ header: { rh: 'a' } }).split('.');
    const bytes = Buffer.from(parts[part] ?? '', 'base64url');
    const position = after === '' ? bytes.length >> 1 : bytes.indexOf(after) + after.length - 1;
    bytes[position] = (bytes[position] ?? 0) ^ 1;
    parts[part] = bytes.toString('base64url');
    expect(await refusal(tenant.authentication().verify(parts.join('.')))).toBe(code);
  });

  it('two keys with one kid are both refused and logged', async () => {
    const tenant = createTenant();
    tenant.keySets['2.0'] = [other.jwk, { ...createKey().jwk, kid: 'twice' }, { ...createKey().jwk, kid: 'twice' }];
    const token = tenant.signAccessToken({ key: other });
    const authentication = tenant.authentication();
    expect(await refusal(authentication.verify(token))).toBe('accepted');
    expect(await refusal(authentication.verify(tenant.signAccessToken({ header: { kid: 'twice' } })))).toBe(
      'SIGNING_KEY_UNKNOWN',
    );
    expect(tenant.log).toContainEqual(
      expect.objectContaining({ level: 'warn', fields: { version: '2.0', kid: 'twice', reason: 'kid is not unique' } }),
    );
  });

  const issuerOf = (tenantId: string) => `https://login.microsoftonline.com/${tenantId}/v2.0`;
  it.each([
    ['the issuer of the tenant', issuerOf(ids.tenant), 'accepted'],
    ['a template', issuerOf('{tenantid}'), 'accepted'],
    ['no issuer', undefined, 'accepted'],
    ['the issuer of another tenant', issuerOf(ids.otherTenant), 'SIGNING_KEY_OF_ANOTHER_ISSUER'],
    ['the issuer of personal accounts', issuerOf(ids.consumerTenant), 'SIGNING_KEY_OF_ANOTHER_ISSUER'],
    ['another cloud', 'https://login.microsoftonline.us/{tenantid}/v2.0', 'SIGNING_KEY_OF_ANOTHER_ISSUER'],
  ])('a key is for the tokens of its issuer alone: %s', async (_name, issuer, code) => {
    const tenant = createTenant();
    tenant.keySets['2.0'] = [{ ...tenant.key.jwk, issuer }];
    expect(await refusal(tenant.authentication().verify(tenant.signAccessToken()))).toBe(code);
  });

  it('x5t of a key without certificate and thumbprint is refused', async () => {
    const tenant = createTenant();
    tenant.keySets['2.0'] = [{ ...tenant.key.jwk, x5t: undefined }];
    const token = tenant.signAccessToken({ header: { x5t: tenant.key.kid } });
    expect(await refusal(tenant.authentication().verify(token))).toBe('KEY_THUMBPRINT_MISMATCH');
  });
});
