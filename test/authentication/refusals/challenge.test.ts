import { describe, expect, it } from 'vitest';
import { bearerChallenge } from '../../../src/authentication/refusals/challenge.js';

describe('a Bearer challenge', () => {
  it('without a token has no error code (RFC 6750 s.3.1)', () => {
    expect(bearerChallenge({})).toBe('Bearer realm=""');
  });

  it('names metadata and scope', () => {
    expect(
      bearerChallenge({
        error: 'insufficient_scope',
        errorDescription: 'More is needed',
        scope: 'Expenses.Read Expenses.ReadWrite',
        resourceMetadata: 'https://api.example/.well-known/oauth-protected-resource',
      }),
    ).toBe(
      'Bearer error="insufficient_scope", error_description="More is needed", scope="Expenses.Read Expenses.ReadWrite", resource_metadata="https://api.example/.well-known/oauth-protected-resource"',
    );
  });

  it('asks for step-up the way Entra does', () => {
    const claims = Buffer.from('{"access_token":{"acrs":{"essential":true,"value":"c1"}}}').toString('base64');
    expect(
      bearerChallenge({
        realm: '',
        authorizationUri: 'https://login.microsoftonline.com/common/oauth2/v2.0/authorize',
        error: 'insufficient_claims',
        claims,
        acrValues: 'c1',
      }),
    ).toBe(
      `Bearer realm="", authorization_uri="https://login.microsoftonline.com/common/oauth2/v2.0/authorize", error="insufficient_claims", claims="${claims}", acr_values="c1"`,
    );
  });

  it.each(['a"b', 'a\\b', 'a\r\nb', 'a\0b', 'aéb', 'a\u2028b', 'a\tb', 'a\x7fb'])(
    '%j cannot leave its quotes',
    (scope) => {
      expect(bearerChallenge({ scope })).toBe('Bearer scope="ab"');
    },
  );
});
