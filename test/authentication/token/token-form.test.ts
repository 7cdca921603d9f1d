import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AUTHENTICATION_LIMITS } from '../../../src/authentication/limits.js';
import { decodePart } from '../../../src/authentication/token/token-form.js';
import { refusal, refusedAtOnce } from '../../support/refusal.js';
import { createTenant, delegatedClaims, encodePart, ids, signToken } from '../../support/tenant.js';

const tenant = createTenant();
const authentication = tenant.authentication();
const valid = tenant.signAccessToken();
const [header = '', payload = '', signature = ''] = valid.split('.');
const codeOf = (accessToken: string) => refusal(authentication.verify(accessToken));
const signPayload = (text: unknown) => signToken(tenant.key, { typ: 'JWT', alg: 'RS256', kid: tenant.key.kid }, text);
const signHeader = (text: string) => signToken(tenant.key, text, delegatedClaims());
const encodeBytes = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64url');
const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

describe('size', () => {
  it('a token of nearly the largest size is accepted', async () => {
    const padding = 'x'.repeat(11_300);
    const large = tenant.signAccessToken({ claims: { padding } });
    expect(large.length).toBeGreaterThan(15_000);
    expect(large.length).toBeLessThanOrEqual(16_384);
    expect(await codeOf(large)).toBe('accepted');
  });

  it('one of the largest size is read, a larger one is not', async () => {
    expect(await codeOf('a'.repeat(AUTHENTICATION_LIMITS.tokenBytes.default))).toBe('TOKEN_NOT_COMPACT');
    expect(await codeOf('a'.repeat(AUTHENTICATION_LIMITS.tokenBytes.default + 1))).toBe('TOKEN_TOO_LARGE');
  });

  it('a huge one is refused for its size', async () => {
    expect(await codeOf('a'.repeat(1_048_576))).toBe('TOKEN_TOO_LARGE');
  });
});

describe('compact form', () => {
  it('a valid token is accepted', async () => {
    expect(await codeOf(valid)).toBe('accepted');
  });

  it.each(['', header, `${header}.${payload}`, `${valid}.x`])(
    'not three parts (%#) is refused',
    async (accessToken) => {
      expect(await codeOf(accessToken)).toBe('TOKEN_NOT_COMPACT');
    },
  );

  it('five parts are an encrypted token', async () => {
    expect(await codeOf(`${valid}.x.y`)).toBe('TOKEN_ENCRYPTED');
  });

  it('a thousand dots are refused', async () => {
    expect(await codeOf('.'.repeat(1000))).toBe('TOKEN_NOT_COMPACT');
  });

  it.each([`.${payload}.${signature}`, `${header}..${signature}`, `.${payload}.`, `${header}..`, '..'])(
    'an empty part (%#) is refused',
    async (accessToken) => {
      expect(await codeOf(accessToken)).toBe('TOKEN_NOT_COMPACT');
    },
  );

  it('JSON serialisation is refused', async () => {
    expect(await codeOf(JSON.stringify({ protected: header, payload, signature }))).toBe('TOKEN_NOT_COMPACT');
  });

  it.each([`${header}=.${payload}.${signature}`, `${header}.${payload}=.${signature}`, `${valid}==`])(
    'padding (%#) is refused',
    async (accessToken) => {
      expect(await codeOf(accessToken)).toBe('TOKEN_ENCODING_INVALID');
    },
  );

  it.each([`${valid}\n`, ` ${valid}`, `${header}.${payload} .${signature}`])(
    'white space (%#) is refused',
    async (accessToken) => {
      expect(await codeOf(accessToken)).toBe('TOKEN_ENCODING_INVALID');
    },
  );

  it('the alphabet of plain base64 is refused', async () => {
    const { token } = tokenWith(/[-_]/);
    expect(await codeOf(token.replaceAll('-', '+').replaceAll('_', '/'))).toBe('TOKEN_ENCODING_INVALID');
  });

  it('the last character of the signature is accepted in one of its sixteen spellings', async () => {
    const spellings = [...ALPHABET].map((last) => `${valid.slice(0, -1)}${last}`);
    const codes = await Promise.all(spellings.map(codeOf));
    expect(codes.filter((code) => code === 'accepted')).toHaveLength(1);
    expect(codes.filter((code) => code === 'TOKEN_ENCODING_INVALID')).toHaveLength(60);
    expect(codes.filter((code) => code === 'SIGNATURE_INVALID')).toHaveLength(3);
  });

  it('a text is accepted only if decoding and encoding it gives the same text', () => {
    const characters = fc.constantFrom(...ALPHABET, '+', '/', '=', '.', ' ', '\n', 'é', '€', 'Ł', '\u0000');
    const texts = fc.oneof(fc.string({ unit: characters, maxLength: 9 }), fc.uint8Array().map(encodeBytes));
    fc.assert(
      fc.property(texts, (text) => {
        const isCanonical = Buffer.from(text, 'base64url').toString('base64url') === text;
        expect(refusedAtOnce(() => decodePart(text))).toBe(isCanonical ? 'accepted' : 'TOKEN_ENCODING_INVALID');
      }),
      { numRuns: 3000 },
    );
  });

  it('characters that a decoder may cut to the lower byte', async () => {
    expect(await codeOf(`${header}.${payload}.${signature.replace(/./, byLowerByte)}`)).toBe('TOKEN_ENCODING_INVALID');
    expect(await codeOf(`${header.replace(/./, byLowerByte)}.${payload}.${signature}`)).toBe('TOKEN_ENCODING_INVALID');
  });

  it.each([
    ['255 bytes', (bytes: Buffer) => bytes.subarray(1)],
    ['257 bytes', (bytes: Buffer) => Buffer.concat([bytes, Buffer.from([0])])],
    ['a leading zero byte', (bytes: Buffer) => Buffer.concat([Buffer.from([0]), bytes])],
  ])('a signature of %s is refused', async (_name, change) => {
    const changed = change(Buffer.from(signature, 'base64url')).toString('base64url');
    expect(await codeOf(`${header}.${payload}.${changed}`)).toBe('SIGNATURE_INVALID');
  });

  it.each(['not JSON', '[]', 'null', '7', '"text"', '{"alg":"RS256"', '\ufeff{"alg":"RS256"}'])(
    'header %j is refused',
    async (text) => {
      expect(await codeOf(signHeader(text))).toBe('HEADER_MALFORMED');
    },
  );

  it.each([
    'null',
    '[]',
    '"text"',
    '7',
    'not JSON',
    '\ufeff{}',
    '['.repeat(200),
    `{"a":${'['.repeat(200)}`,
    '{"a',
    '{"a\\',
  ])('payload (%#) is refused', async (text) => {
    expect(await codeOf(signPayload(text))).toBe('PAYLOAD_MALFORMED');
  });

  it('the character that stands for invalid UTF-8, spelt out', async () => {
    expect(await codeOf(signPayload(JSON.stringify(delegatedClaims({ name: '\ufffd' }))))).toBe('accepted');
  });

  it('payload of invalid UTF-8 is refused', async () => {
    const text = Buffer.from(JSON.stringify(delegatedClaims({ name: 'X' })));
    text[text.indexOf('"X"') + 1] = 0xff;
    const accessToken = `${header}.${text.toString('base64url')}.${signature}`;
    expect(await codeOf(accessToken)).toBe('PAYLOAD_MALFORMED');
  });
});

describe('a payload with more in it than any token of Entra has', () => {
  const claims = delegatedClaims();
  const withExtra = (json: string) => codeOf(signPayload(JSON.stringify(claims).replace(/}$/, `,"extra":${json}}`)));
  /** Members that `extra` may have. `extra` itself, the claims and the object around them count too. */
  const room = AUTHENTICATION_LIMITS.tokenMembers.default - Object.keys(claims).length - 2;
  const members = (count: number) => Array.from({ length: count }, (_, index) => `"${index}":0`).join();

  it.each<[string, (count: number) => string]>([
    ['members', (count) => `{${members(count - 1)}}`],
    ['arrays in each other', (count) => '['.repeat(count) + ']'.repeat(count)],
    [
      'objects',
      (count) =>
        `[${Array(count - 1)
          .fill('{}')
          .join()}]`,
    ],
  ])('%s', async (_name, json) => {
    expect(await withExtra(json(room))).toBe('accepted');
    expect(await withExtra(json(room + 1))).toBe('TOKEN_TOO_LARGE');
  });

  it('numbers', async () => {
    // These claims have commas only between members. `extra` adds one.
    const commas = AUTHENTICATION_LIMITS.tokenCommas.default - JSON.stringify(claims).split(',').length;
    expect(await withExtra(`[0${',0'.repeat(commas)}]`)).toBe('accepted');
    expect(await withExtra(`[0${',0'.repeat(commas + 1)}]`)).toBe('TOKEN_TOO_LARGE');
  });

  it('the most groups that Entra sends, and brackets inside texts, are accepted', async () => {
    expect(await withExtra(JSON.stringify(Array(200).fill(ids.tenant)))).toBe('accepted');
    expect(await withExtra(JSON.stringify('[{:,\\"'.repeat(400)))).toBe('accepted');
  });

  it('deeply nested brackets are refused', async () => {
    expect(await codeOf(signPayload('['.repeat(100_000)))).toBe('TOKEN_TOO_LARGE');
  });
});

describe('member names', () => {
  const claims = JSON.stringify(delegatedClaims({ roles: ['A'] }));
  const withMember = (text: string) => signPayload(claims.replace(/^{/, `{${text},`));

  it.each([`"aud":"${ids.api}"`, `"tid":"${ids.tenant}"`, '"roles":["B"]', '"\\u0061ud":"x"'])(
    'a claim twice: %s',
    async (member) => {
      expect(await codeOf(withMember(member))).toBe('MEMBER_REPEATED');
    },
  );

  it.each(['"alg":"none"', '"kid":"x"'])('a header member twice: %s', async (member) => {
    const text = JSON.stringify({ typ: 'JWT', alg: 'RS256', kid: tenant.key.kid }).replace(/^{/, `{${member},`);
    expect(await codeOf(signHeader(text))).toBe('MEMBER_REPEATED');
  });

  it.each(['"TID":"x"', '"Aud":"x"', '"ROLES":[]'])('a name beside its lower-case spelling: %s', async (member) => {
    expect(await codeOf(withMember(member))).toBe('MEMBER_REPEATED');
  });

  it('the same name at two depths is accepted', async () => {
    expect(await codeOf(withMember('"extra":{"aud":"x","tid":["aud",{"aud":":"}]}'))).toBe('accepted');
  });

  it.each([
    '"__proto__":{"scp":"Expenses.ReadWrite","isAdministrator":true}',
    '"constructor":{"prototype":{"isAdministrator":true}}',
  ])('%s pollutes nothing', async (member) => {
    expect(await codeOf(withMember(member))).toBe('accepted');
    expect(Object.hasOwn(Object.prototype, 'isAdministrator')).toBe(false);
  });

  it('a member of the prototype is not a claim', async () => {
    const text = JSON.stringify(delegatedClaims({ scp: undefined })).replace(/^{/, '{"__proto__":{"scp":"A"},');
    expect(await codeOf(signPayload(text))).toBe('NO_PERMISSIONS');
  });

  it('a look-alike name is another name', async () => {
    expect(await codeOf(withMember('"аud":"with a Cyrillic a"'))).toBe('accepted');
    const text = claims.replace('"aud"', '"аud"');
    expect(await codeOf(signPayload(text))).toBe('AUDIENCE_MISMATCH');
  });

  it('an audience is not normalised', async () => {
    const composed = createTenant().authentication({ audiences: ['api://caf\u00e9'] });
    const token = tenant.signAccessToken({ claims: { aud: 'api://cafe\u0301' } });
    expect(await refusal(composed.verify(token))).toBe('AUDIENCE_MISMATCH');
  });

  it('an escaped name is the plain one', async () => {
    expect(await codeOf(signPayload(claims.replace('"aud"', '"\\u0061\\u0075d"')))).toBe('accepted');
  });

  it('quotes, backslashes and colons in texts are not structure', async () => {
    expect(await codeOf(withMember('"extra":"a\\\\\\"b:{,\\\\"'))).toBe('accepted');
  });
});

/** Returns another character with the same lower byte. */
function byLowerByte(character: string): string {
  return String.fromCharCode(character.charCodeAt(0) + 0x100);
}

/**
 * Returns a token whose signature matches a pattern. RSA PKCS#1 v1.5 signs the same bytes in the same way, so a claim varies
 * until one matches.
 */
function tokenWith(pattern: RegExp): { readonly token: string } {
  for (let attempt = 0; ; attempt += 1) {
    const token = tenant.signAccessToken({ claims: { uti: `attempt${attempt}` } });
    if (pattern.test(token.split('.')[2] ?? '')) return { token };
  }
}

it('the test encodes as the server decodes', () => {
  expect(encodePart({ a: 1 })).toBe('eyJhIjoxfQ');
});
