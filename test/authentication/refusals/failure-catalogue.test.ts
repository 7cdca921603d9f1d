import { describe, expect, it } from 'vitest';
import {
  AccessTokenError,
  readable,
  SigningKeysUnavailableError,
} from '../../../src/authentication/refusals/access-token-error.js';
import {
  type AccessTokenFailureCode,
  describeFailure,
  failureAnchor,
  failureCatalogue,
} from '../../../src/authentication/refusals/failure-catalogue.js';
import { createKey, createTenant, encodePart, ids } from '../../support/tenant.js';

const isCode = (code: string): code is AccessTokenFailureCode => Object.hasOwn(failureCatalogue, code);
const codes = Object.keys(failureCatalogue).filter(isCode);

describe.each(codes)('%s', (code) => {
  const description = describeFailure(code);

  it('its text fits in an error_description (RFC 6750 s.3)', () => {
    expect(description.wireMessage).toMatch(/^[\x20\x21\x23-\x5B\x5D-\x7E]+$/);
  });

  it('status and challenge agree', () => {
    const expected = { 400: 'invalid_request', 401: 'invalid_token', 403: 'insufficient_scope' }[description.status];
    expect([expected, undefined]).toContain(description.challengeError);
    expect(description.challengeError === undefined).toBe(code === 'AUTHORIZATION_SCHEME_UNSUPPORTED');
  });

  it('says what to change', () => {
    expect(description.hint.length).toBeGreaterThan(30);
  });

  it('has a place in the documentation', () => {
    expect(failureAnchor(code)).toMatch(/^#[a-z0-9_]+$/);
  });
});

describe('errors', () => {
  it('an error says no more than the catalogue', () => {
    const error = new AccessTokenError('TOKEN_EXPIRED', { claim: 'exp' });
    expect({ ...error }).toEqual({
      name: 'AccessTokenError',
      code: 'TOKEN_EXPIRED',
      status: 401,
      wireMessage: describeFailure('TOKEN_EXPIRED').wireMessage,
      challengeError: 'invalid_token',
      claim: 'exp',
    });
    expect(error.message).toBe(error.wireMessage);
    expect(error.details).toEqual({});
  });

  it('what a refusal keeps from being read is undefined, and any other error is thrown', () => {
    const failing = (error: Error) => () => {
      throw error;
    };
    expect(readable(() => 7)).toBe(7);
    expect(readable(failing(new AccessTokenError('TOKEN_EXPIRED')))).toBeUndefined();
    expect(() => readable(failing(new RangeError('x')))).toThrow(RangeError);
  });

  it('an outage knows nothing of a token at first', () => {
    expect(new SigningKeysUnavailableError(1).details).toEqual({});
  });

  it('an outage keeps its cause', () => {
    const cause = new Error('x');
    expect(new SigningKeysUnavailableError(7, cause)).toMatchObject({ retryAfterSeconds: 7, cause });
  });
});

/** Microsoft Graph's application id, the audience of its tokens. */
const GRAPH = '00000003-0000-0000-c000-000000000000';

describe('what gets out', () => {
  const tenant = createTenant();
  const authentication = tenant.authentication();
  const errorOf = (token: string) =>
    authentication.verify(token).then(
      () => undefined,
      (error: unknown) => error,
    );

  it('details for the log: kid, tid, ver, aud, uti', async () => {
    const error = await errorOf(tenant.signAccessToken({ claims: { exp: 2, iat: 1, nbf: 1 } }));
    expect(error).toMatchObject({
      code: 'TOKEN_EXPIRED',
      details: { kid: tenant.key.kid, tid: ids.tenant, ver: '2.0', aud: ids.api, uti: 'tokenIdOfErin' },
    });
  });

  it('they are there for a fault of the header as well', async () => {
    const error = await errorOf(tenant.signAccessToken({ header: { nonce: 'n' }, claims: { aud: GRAPH } }));
    expect(error).toMatchObject({
      code: 'TOKEN_FOR_GRAPH',
      details: { kid: tenant.key.kid, tid: ids.tenant, ver: '2.0', aud: GRAPH, uti: 'tokenIdOfErin' },
    });
  });

  const uri = 'https://Contoso.example/~api/a-b_c%20d';
  const longest = `api://${'a'.repeat(122)}`;
  it.each([
    ['an App ID URI', uri, uri],
    ['one as long as is allowed', longest, longest],
    ['one that is longer', `${longest}a`, undefined],
    ['one with a space', 'api://a b', undefined],
    ['one with an address in it', 'api://erin@example.com', undefined],
    ['one with a line end', 'api://a\n', undefined],
    ['nothing', '', undefined],
    ['a number', 7, undefined],
    ['no claim', undefined, undefined],
    ['a list', ['api://a', uri], `api://a ${uri}`],
    ['a list of one', ['api://a'], 'api://a'],
    ['a list of ten', Array(10).fill(longest), Array(10).fill(longest).join(' ')],
    ['a list of eleven', Array(11).fill('a'), undefined],
    ['an empty list', [], undefined],
    ['a list with something else in it', ['api://a', 7], undefined],
    ['a list in a list', [['api://a']], undefined],
    ['a list with what is not logged', ['api://a', 'erin@example.com'], undefined],
  ])('a refused aud is in the log as a whole or not at all: %s', async (_what, given, aud) => {
    const error = await errorOf(tenant.signAccessToken({ claims: { aud: given } }));
    expect(error).toMatchObject({ code: 'AUDIENCE_MISMATCH', details: { aud, uti: 'tokenIdOfErin' } });
  });

  it.each([{ kid: 'a kid of erin' }, { kid: 7 }])('without a kid that is none (%j)', async (header) => {
    const error = await errorOf(tenant.signAccessToken({ header }));
    expect(error).toMatchObject({ code: 'KEY_ID_INVALID', details: { kid: undefined, tid: ids.tenant } });
  });

  it('without anything where not even the header can be read', async () => {
    const error = await errorOf(tenant.signAccessToken().replace(/^[^.]+/, encodePart([])));
    expect(error).toMatchObject({ code: 'HEADER_MALFORMED', details: { kid: undefined, tid: ids.tenant } });
  });

  it.each([
    ['TOKEN_ENCODING_INVALID', (token: string) => token.replace(/\.([^.]+)\./, '.$1=.')],
    ['PAYLOAD_MALFORMED', (token: string) => token.replace(/\.[^.]+\./, `.${encodePart([])}.`)],
  ])('the kid alone where nothing else can be read (%s)', async (code, change) => {
    const error = await errorOf(change(tenant.signAccessToken()));
    expect(error).toMatchObject({ code });
    expect(error instanceof AccessTokenError && error.details).toEqual({ kid: tenant.key.kid });
  });

  it('a mistake of our own is neither a refusal nor an outage', async () => {
    const mistake = new RangeError('no clock');
    const broken = tenant.authentication({
      now() {
        throw mistake;
      },
    });
    await expect(broken.verify(tenant.signAccessToken())).rejects.toBe(mistake);
  });

  it('nothing that does not look like what Entra writes there', async () => {
    const claims = { tid: 'erin@example.com', ver: 'erin', aud: 'mailto:erin@example.com', uti: 'Erin Example' };
    const error = await errorOf(tenant.signAccessToken({ claims, header: { kid: tenant.key.kid } }));
    expect(error).toMatchObject({ details: { kid: tenant.key.kid } });
    expect(JSON.stringify(error instanceof AccessTokenError && error.details)).not.toMatch(/erin/i);
  });

  it('no part of a refused token is in the error or the log', async () => {
    const tokens = [
      tenant.signAccessToken({ claims: { aud: 'other' } }),
      tenant.signAccessToken({ key: createKey(), header: { kid: tenant.key.kid } }),
      tenant.signAccessToken({ header: { kid: 'unknown' } }),
      tenant.signAccessToken({ claims: { scp: undefined } }),
    ];
    for (const token of tokens) {
      const error = await errorOf(token);
      if (!(error instanceof AccessTokenError)) throw new Error('expected a refusal');
      const cause = error.cause instanceof Error ? error.cause.message : '';
      const written = `${JSON.stringify(error)} ${error.stack} ${cause} ${JSON.stringify(tenant.log)}`;
      for (const part of token.split('.')) expect(written).not.toContain(part);
      expect(written).not.toMatch(/erin@example|Erin Example/);
    }
  });

  it('unknown key, other issuer’s key, wrong thumbprint and bad signature look alike', () => {
    const alike = [
      'SIGNING_KEY_UNKNOWN',
      'SIGNING_KEY_OF_ANOTHER_ISSUER',
      'KEY_THUMBPRINT_MISMATCH',
      'SIGNATURE_INVALID',
    ] as const;
    const seen = alike.map((code) => {
      const { status, wireMessage, challengeError } = new AccessTokenError(code);
      return JSON.stringify({ status, wireMessage, challengeError });
    });
    expect(new Set(seen).size).toBe(1);
  });
});
