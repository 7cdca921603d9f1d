import { expect, it } from 'vitest';
import * as surface from '../../src/authentication/exports.js';

it('the public surface of entra-graphql/authentication', () => {
  expect(Object.keys(surface).sort()).toEqual([
    'AccessTokenError',
    'RevocationsUnknownError',
    'SignatureNotCheckedError',
    'SigningKeysUnavailableError',
    'bearerChallenge',
    'createAuthentication',
    'createProxiedFetch',
    'createRevocationList',
    'describeFailure',
    'failureAnchor',
    'readCredentials',
    'silentLogger',
  ]);
});
