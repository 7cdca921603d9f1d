import { constants, createHmac, generateKeyPairSync, type SignKeyObjectInput, sign } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { AUTHENTICATION_LIMITS } from '../../../src/authentication/limits.js';
import { readHeader } from '../../../src/authentication/token/token-header.js';
import { createCertifiedKey } from '../../support/network/certificate.js';
import { refusal, refusedAtOnce } from '../../support/refusal.js';
import { createTenant, delegatedClaims, encodePart } from '../../support/tenant.js';

const tenant = createTenant();
const authentication = tenant.authentication();
const codeOf = (accessToken: string) => refusal(authentication.verify(accessToken));
const certified = await createCertifiedKey();
const withHeader = (header: Record<string, unknown>) => codeOf(tenant.signAccessToken({ header }));

describe('algorithm', () => {
  it.each(['none', 'None', 'NONE', 'nOnE'])('%s with a signature is refused', async (alg) => {
    expect(await withHeader({ alg })).toBe('ALGORITHM_NOT_ALLOWED');
  });

  it.each(['none', 'RS256'])('%s without a signature is refused', async (alg) => {
    const unsigned = `${encodePart({ typ: 'JWT', alg, kid: tenant.key.kid })}.${encodePart(delegatedClaims())}.`;
    expect(await codeOf(unsigned)).toBe('TOKEN_UNSIGNED');
    expect((await authentication.explain(unsigned)).fix).toContain('unsigned');
  });

  const pem = tenant.key.publicKey.export({ type: 'spki', format: 'pem' }).toString();
  it.each([
    ['the public PEM', pem],
    ['the PEM without line ends', pem.replaceAll('\n', '')],
    ['the PKCS#1 PEM', tenant.key.publicKey.export({ type: 'pkcs1', format: 'pem' }).toString()],
    ['the JWK text', JSON.stringify(tenant.key.jwk)],
    ['the modulus', String(tenant.key.jwk.n)],
    ['the DER text', tenant.key.publicKey.export({ type: 'spki', format: 'der' }).toString('base64')],
  ])('HS256 keyed with %s is refused', async (_name, secret) => {
    const signed = `${encodePart({ typ: 'JWT', alg: 'HS256', kid: tenant.key.kid })}.${encodePart(delegatedClaims())}`;
    const mac = createHmac('sha256', secret).update(signed).digest('base64url');
    expect(await codeOf(`${signed}.${mac}`)).toBe('ALGORITHM_NOT_ALLOWED');
  });

  it('HS256 keyed with the x5c text is refused', async () => {
    const own = createTenant();
    own.keySets['2.0'] = [certified.jwk];
    const signed = `${encodePart({ typ: 'JWT', alg: 'HS256', kid: certified.kid })}.${encodePart(delegatedClaims())}`;
    const mac = createHmac('sha256', String(certified.jwk.x5c)).update(signed).digest('base64url');
    expect(await refusal(own.authentication().verify(`${signed}.${mac}`))).toBe('ALGORITHM_NOT_ALLOWED');
  });

  const rsa = tenant.key.privateKey;
  const { privateKey: elliptic } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const { privateKey: edwards } = generateKeyPairSync('ed25519');
  it.each<[string, string | null, SignKeyObjectInput]>([
    ['RS384', 'sha384', { key: rsa }],
    ['RS512', 'sha512', { key: rsa }],
    ['PS256', 'sha256', { key: rsa, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 }],
    ['ES256', 'sha256', { key: elliptic, dsaEncoding: 'ieee-p1363' }],
    ['EdDSA', null, { key: edwards }],
  ])('%s is refused, though rightly signed', async (alg, digest, key) => {
    const signed = `${encodePart({ typ: 'JWT', alg, kid: tenant.key.kid })}.${encodePart(delegatedClaims())}`;
    const signature = sign(digest, Buffer.from(signed), key).toString('base64url');
    expect(await codeOf(`${signed}.${signature}`)).toBe('ALGORITHM_NOT_ALLOWED');
  });

  it.each<[string, string, SignKeyObjectInput]>([
    ['RS384', 'sha384', { key: rsa }],
    ['PS256', 'sha256', { key: rsa, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 }],
  ])('signed as %s and called RS256 is refused', async (_alg, digest, key) => {
    const signed = `${encodePart({ typ: 'JWT', alg: 'RS256', kid: tenant.key.kid })}.${encodePart(delegatedClaims())}`;
    const signature = sign(digest, Buffer.from(signed), key).toString('base64url');
    expect(await codeOf(`${signed}.${signature}`)).toBe('SIGNATURE_INVALID');
  });

  it.each(['rs256', 'RS256 ', 'Rs256'])('%j is refused', async (alg) => {
    expect(await withHeader({ alg })).toBe('ALGORITHM_NOT_ALLOWED');
  });

  it.each([undefined, null, 256, {}, ['RS256'], '', 'x'.repeat(512), 'RS256\r\nX: y', '😀'])(
    'alg %j is refused',
    async (alg) => {
      expect(await withHeader({ alg })).toBe('ALGORITHM_NOT_ALLOWED');
    },
  );
});

describe('members', () => {
  it.each([[[]], [['exp']], ['exp'], [null], [{}], [['b64']]])('crit %j is refused', async (crit) => {
    expect(await withHeader({ crit })).toBe('HEADER_MEMBER_NOT_ALLOWED');
  });

  it('b64 is refused', async () => {
    expect(await withHeader({ b64: false })).toBe('HEADER_MEMBER_NOT_ALLOWED');
  });

  it.each([
    ['jwk', tenant.key.jwk],
    ['jku', 'https://attacker.example/keys'],
    ['x5u', 'https://attacker.example/certificate'],
    ['x5c', ['MIIB']],
  ])('%s of the sender is refused, and nothing is fetched', async (member, value) => {
    const fresh = createTenant();
    const outcome = await refusal(
      fresh.authentication().verify(fresh.signAccessToken({ header: { [member]: value } })),
    );
    expect(outcome).toBe('HEADER_MEMBER_NOT_ALLOWED');
    expect(fresh.fetched).toEqual([]);
  });

  it.each([undefined, null, '', 7, {}, ['x'], 'x'.repeat(600), 'a\0b', 'ключ', 'a b', "' OR 1=1", '../../etc/passwd'])(
    'kid %# is refused',
    async (kid) => {
      expect(await withHeader({ kid })).toBe('KEY_ID_INVALID');
    },
  );

  it.each(['__proto__', 'constructor', 'toString', tenant.key.kid.toUpperCase()])(
    'kid %s names no key',
    async (kid) => {
      expect(await withHeader({ kid })).toBe('SIGNING_KEY_UNKNOWN');
    },
  );

  it('a huge kid is not even read', async () => {
    expect(await withHeader({ kid: 'x'.repeat(10_000) })).toBe('TOKEN_TOO_LARGE');
  });

  it('a header of the longest size is read, a longer one is not', async () => {
    const padded = (more: string) => JSON.stringify({ alg: 'RS256', kid: tenant.key.kid, more });
    const filling = 'x'.repeat((AUTHENTICATION_LIMITS.tokenHeaderLength.default * 3) / 4 - padded('').length);
    const codeWith = (text: string) => codeOf(`${Buffer.from(text).toString('base64url')}.e30.eA`);
    expect(await codeWith(padded(filling))).not.toBe('TOKEN_TOO_LARGE');
    expect(await codeWith(padded(`${filling}x`))).toBe('TOKEN_TOO_LARGE');
  });

  it('a kid of the longest size is looked up, a longer one is not', async () => {
    expect(await withHeader({ kid: 'x'.repeat(128) })).toBe('SIGNING_KEY_UNKNOWN');
    expect(await withHeader({ kid: 'x'.repeat(129) })).toBe('KEY_ID_INVALID');
  });

  it('x5t of the key is accepted', async () => {
    expect(await withHeader({ x5t: tenant.key.kid })).toBe('accepted');
  });

  it.each(['other', '', 7, null])('x5t %j not of the key is refused', async (x5t) => {
    expect(await withHeader({ x5t })).toBe('KEY_THUMBPRINT_MISMATCH');
  });

  it.each([undefined, 'JWT', 'jwt', 'at+jwt', 'AT+JWT'])('typ %s is accepted', async (typ) => {
    expect(await withHeader({ typ })).toBe('accepted');
  });

  it.each(['logout+jwt', 'dpop+jwt', 'secevent+jwt', 7, null, '', ['JWT'], 'JWT '])(
    'typ %j is refused',
    async (typ) => {
      expect(await withHeader({ typ })).toBe('TOKEN_TYPE_NOT_ALLOWED');
    },
  );

  it.each([
    ['cty', 'JWT'],
    ['zip', 'DEF'],
    ['enc', 'A256GCM'],
  ])('the member %s is refused', async (member, value) => {
    expect(await withHeader({ [member]: value })).toBe('HEADER_MEMBER_NOT_ALLOWED');
  });

  it('header nonce: a token for Microsoft Graph is refused', async () => {
    expect(await withHeader({ nonce: 'abc' })).toBe('TOKEN_FOR_GRAPH');
  });

  it('an unknown member is ignored (RFC 7515 s.4)', async () => {
    expect(await withHeader({ rh: 'x' })).toBe('accepted');
  });
});

describe('a header as Entra writes it', () => {
  const read = (text: string) => readHeader(Buffer.from(text).toString('base64url'));

  it.each([
    ['"kid":"a"b"', 'HEADER_MALFORMED'],
    ['"kid":"a","kid":"b"', 'MEMBER_REPEATED'],
    ['"x5t":"a","x5t":"a","kid":"b"', 'MEMBER_REPEATED'],
  ])('is refused with %s', (members, code) => {
    expect(refusedAtOnce(() => read(`{"typ":"JWT","alg":"RS256",${members}}`))).toBe(code);
  });

  it.each([
    ['', undefined],
    ['"x5t":"print",', 'print'],
  ])('has its kid and %j', (member, x5t) => {
    expect(read(`{"typ":"JWT","alg":"RS256",${member}"kid":"key"}`)).toEqual({ kid: 'key', x5t });
  });
});
