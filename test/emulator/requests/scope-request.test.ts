import { describe, expect, it } from 'vitest';
import type { EntraErrorName } from '../../../src/emulator/entra-error.js';
import { grantedScopes, parseScopeRequest } from '../../../src/emulator/requests/scope-request.js';
import { API, OPTIONS } from '../emulator-fixture.js';

const api = {
  clientId: API,
  appIdUri: 'https://files.example',
  accessTokenVersion: 2,
  scopes: ['Read', 'Write'],
} as const;
const parse = (scope: string | undefined) => parseScopeRequest(scope, api);

describe('scope', () => {
  it('is taken apart into resource, names and OpenID Connect scopes', () => {
    expect(parse(`openid api://${API}/Read  api://${API}/Write offline_access`)).toEqual({
      resource: `api://${API}`,
      names: ['Read', 'Write'],
      openIdScopes: ['openid', 'offline_access'],
    });
  });

  it.each(['https://files.example', API, `api://${API}`])('may call the API %s', (resource) => {
    expect(parse(`${resource}/Read`).resource).toBe(resource);
  });

  it('may have no scope of the API at all', () => {
    expect(parse('openid').resource).toBeUndefined();
  });

  it('names a repeated scope once', () => {
    expect(parse(`${API}/Read ${API}/Read`).names).toEqual(['Read']);
  });

  it.each<[EntraErrorName, string | undefined]>([
    ['missingParameter', undefined],
    ['missingParameter', ' '],
    ['invalidScope', 'Read'],
    ['invalidScope', `${API}/.default ${API}/Read`],
    ['severalResources', `${API}/Read https://other.example/Read`],
    ['unknownResource', 'https://other.example/Read'],
    ['unknownScope', `${API}/Delete`],
  ])('is refused with %s: %s', (entry, scope) => {
    expect(() => parse(scope)).toThrow(expect.objectContaining({ entry }));
  });
});

describe('granted scopes', () => {
  const reader = OPTIONS.personas.find(({ name }) => name === 'reader');
  const persona = { ...(reader ?? failed()), scopes: ['Read'] };

  it('are those of the asked ones that the user holds', () => {
    expect(grantedScopes(parse(`${API}/Write ${API}/Read`), persona, api)).toEqual(['Read']);
  });

  it('are all the user holds for .default', () => {
    expect(grantedScopes(parse(`${API}/.default`), persona, api)).toEqual(['Read']);
  });

  it('are none if the user holds none of them', () => {
    expect(grantedScopes(parse(`${API}/Write`), persona, api)).toEqual([]);
  });
});

function failed(): never {
  throw new Error('the fixture has no reader');
}
