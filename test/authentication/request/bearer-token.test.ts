import { describe, expect, it } from 'vitest';
import { bearerTokenIn } from '../../../src/authentication/request/bearer-token.js';
import { credentialsOfNode, readCredentials } from '../../../src/authentication/request/request-credentials.js';
import { refusal, refusedAtOnce } from '../../support/refusal.js';
import { createTenant } from '../../support/tenant.js';

const readBearerToken = (request: object) => bearerTokenIn(readCredentials(request));
const read = (value: string) =>
  readBearerToken({ rawHeaders: ['Host', 'api', 'Authorization', value], url: '/graphql' });

/** As long as the word authorization, which is all that is looked at first. */
it('another header of the same length is none', () => {
  expect(readBearerToken({ rawHeaders: ['Accept-Ranges', 'Bearer abc'] })).toBeUndefined();
});

describe('an access token in a request', () => {
  it('no Authorization header is an anonymous caller', async () => {
    const authentication = createTenant().authentication();
    expect(await authentication.authenticate({ rawHeaders: ['Host', 'api'], url: '/graphql' })).toBeUndefined();
  });

  it.each(['Basic dXNlcjpwYXNz', 'Digest x', 'Bearerabc', 'token', ''])('another scheme: %s is refused', (value) => {
    expect(refusedAtOnce(() => read(value))).toBe('AUTHORIZATION_SCHEME_UNSUPPORTED');
  });

  it.each(['Bearer', 'bearer', 'BEARER', 'bEaReR'])('the scheme is compared without case: %s', (scheme) => {
    expect(read(`${scheme} abc`)).toBe('abc');
  });

  it.each(['Authorization', 'authorization', 'AUTHORIZATION'])('so is the name of the header: %s', (name) => {
    expect(readBearerToken({ rawHeaders: [name, 'Bearer abc'] })).toBe('abc');
  });

  it.each(['Bearer  abc', 'Bearer\tabc', 'Bearer', 'Bearer ', 'Bearer    ', 'Bearer \t'])(
    'anything but one space and a token: %j is refused',
    (value) => {
      expect(refusedAtOnce(() => read(value))).toBe('AUTHORIZATION_HEADER_MALFORMED');
    },
  );

  it.each(['Bearer abc def', 'Bearer abc,Bearer def', 'Bearer abc, def', 'Bearer abc\tdef', 'Bearer abc '])(
    'a second word or credential: %j is refused',
    (value) => {
      expect(refusedAtOnce(() => read(value))).toBe('AUTHORIZATION_HEADER_MALFORMED');
    },
  );

  it('two Authorization headers, where Node would keep the first', () => {
    const rawHeaders = ['Authorization', 'Bearer abc', 'authorization', 'Bearer abc'];
    expect(refusedAtOnce(() => readBearerToken({ rawHeaders }))).toBe('AUTHORIZATION_HEADER_REPEATED');
  });

  it.each(['/graphql?access_token=abc', '/graphql?query=x&access_token', '/graphql?access%5Ftoken=abc'])(
    'a token in the URL is refused: %s',
    (url) => {
      expect(refusedAtOnce(() => readBearerToken({ rawHeaders: [], url }))).toBe('ACCESS_TOKEN_IN_URL');
    },
  );

  it('other parameters are not', () => {
    const url = '/graphql?query=%7Bme%7Bid%7D%7D&x=access_token';
    expect(readBearerToken({ rawHeaders: ['Authorization', 'Bearer abc'], url })).toBe('abc');
  });

  it('a body is never read', () => {
    const request = {
      rawHeaders: ['Content-Type', 'application/x-www-form-urlencoded'],
      get body(): never {
        throw new Error('read');
      },
    };
    expect(readBearerToken(request)).toBeUndefined();
  });

  it('a token in the header and one in the address are refused', () => {
    const request = { rawHeaders: ['Authorization', 'Bearer abc'], url: '/graphql?access_token=abc' };
    expect(refusedAtOnce(() => readBearerToken(request))).toBe('ACCESS_TOKEN_IN_URL');
  });

  it('cookies and look-alike headers are not read', () => {
    const rawHeaders = ['Cookie', 'access_token=abc', 'X-Access-Token', 'abc', 'Proxy-Authorization', 'Bearer abc'];
    expect(readBearerToken({ rawHeaders })).toBeUndefined();
  });

  it.each([
    ['\r\nX: y', 'AUTHORIZATION_HEADER_MALFORMED'],
    ['\r\n', 'TOKEN_ENCODING_INVALID'],
    ['\0', 'TOKEN_ENCODING_INVALID'],
    ['é', 'TOKEN_ENCODING_INVALID'],
    ['\u200b', 'TOKEN_ENCODING_INVALID'],
    ['\ufeff', 'TOKEN_ENCODING_INVALID'],
  ])('a character no token has: %j', async (character, code) => {
    const tenant = createTenant();
    const rawHeaders = ['Authorization', `Bearer ${tenant.signAccessToken()}${character}`];
    expect(await refusal(tenant.authentication().authenticate({ rawHeaders }))).toBe(code);
  });

  it.each(['PoP', 'DPoP', 'mtls_pop', 'GNAP', 'Negotiate'])('the scheme %s is not downgraded to Bearer', (scheme) => {
    expect(refusedAtOnce(() => read(`${scheme} abc`))).toBe('AUTHORIZATION_SCHEME_UNSUPPORTED');
  });

  it('an odd number of raw headers does not throw', () => {
    expect(refusedAtOnce(() => readBearerToken({ rawHeaders: ['Authorization'] }))).toBe(
      'AUTHORIZATION_SCHEME_UNSUPPORTED',
    );
  });
});

it.each([
  [[]],
  [['Host', 'api']],
  [['Host', 'api', 'authorization', 'Bearer abc']],
  [['AUTHORIZATION', 'Bearer abc', 'Authorization', 'Basic x']],
  [['Accept-Ranges', 'Bearer abc', 'X-Authorization', 'Bearer abc', 'Authorization', '']],
])("the credentials of Node's own request are those that the search finds: %j", (rawHeaders: string[]) => {
  const request = { rawHeaders, url: '/graphql?query={me}' };
  expect(credentialsOfNode(request)).toEqual(readCredentials(request));
});

it('a request of Node without an address has no query', () => {
  expect(credentialsOfNode({ rawHeaders: [] })).toEqual({ authorizations: [], addresses: [''] });
});
