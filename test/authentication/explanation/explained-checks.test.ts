import { describe, expect, it } from 'vitest';
import type { ExplainedCheck } from '../../../src/authentication/explanation/explain-access-token.js';
import { createTenant, delegatedClaims, ids } from '../../support/tenant.js';

const tenant = createTenant();
const authentication = tenant.authentication();
const { kid } = tenant.key;
const { iss } = delegatedClaims();

/** The words of a table, by the name of the check. */
const wordsOf = (checks: readonly ExplainedCheck[]) =>
  checks.map(({ check, expected, found }) => ({ [check]: { expected, found } }));

const A_PART = 'a JSON object in canonical base64url, each name once, at most 256 members, objects and arrays';

describe('the words of every check', () => {
  it('on a token in which all is right', async () => {
    const token = tenant.signAccessToken();
    expect(wordsOf((await authentication.explain(token)).checks)).toEqual([
      {
        form: {
          expected: 'three parts separated by dots, at most 16384 bytes, 1024 of them header',
          found: `parts: 3, bytes: ${token.length}`,
        },
      },
      { header: { expected: A_PART, found: 'names: 3' } },
      { typ: { expected: 'JWT, at+jwt or none', found: '"JWT"' } },
      { alg: { expected: 'RS256; bound here, as keys of Entra name no alg', found: '"RS256"' } },
      {
        'header members': {
          expected: 'none that bring a key or change how the token is read',
          found: 'typ, alg, kid',
        },
      },
      { 'header nonce': { expected: 'none: only tokens for Microsoft Graph have it', found: 'none' } },
      {
        kid: {
          expected: 'the id of a signing key, or its thumbprint in x5t if the header has no kid',
          found: `"${kid}"`,
        },
      },
      { payload: { expected: A_PART, found: `names: ${Object.keys(delegatedClaims()).length}` } },
      { origin: { expected: 'a token of Entra ID, sent as Bearer', found: `"${iss}"` } },
      { ver: { expected: '1.0 or 2.0', found: '"2.0"' } },
      { kind: { expected: 'an access token, not bound to a key', found: 'no sign of another kind' } },
      { tid: { expected: ids.tenant, found: `"${ids.tenant}"` } },
      { aud: { expected: `${ids.api} or api://${ids.api}`, found: `"${ids.api}"` } },
      {
        lifetime: {
          expected: 'begun and not over, give or take 60 s',
          found: 'nbf 300 s ago, iat 300 s ago, exp in 3600 s',
        },
      },
      { 'signature form': { expected: 'canonical base64url', found: '256 bytes' } },
      { iss: { expected: iss, found: `"${iss}"` } },
      { 'signing key': { expected: 'a key of the authority, meant for this issuer', found: `"${kid}"` } },
      { signature: { expected: 'made by that key over exactly this token', found: 'present' } },
      { oid: { expected: 'a GUID', found: `"${delegatedClaims().oid}"` } },
      { client: { expected: 'any application', found: `"${ids.client}"` } },
      { overage: { expected: 'no permission claim left out', found: 'none' } },
      {
        'permission claims': {
          expected: 'scp a string, roles and acrs lists',
          found: 'scp "Expenses.ReadWrite", roles none, acrs none',
        },
      },
      { idtyp: { expected: 'user with a scope, app without one, or none', found: 'none' } },
      {
        'any permission': { expected: 'a scope or a role', found: 'scp "Expenses.ReadWrite", roles none' },
      },
      {
        actor: {
          expected: 'a user with a scope, or an application: idtyp app, or oid equal to sub',
          found: 'scp "Expenses.ReadWrite", idtyp none, oid is not sub',
        },
      },
    ]);
  });

  it('on a text that is not a token', async () => {
    const { checks } = await createTenant().authentication().explain('x');
    const found = Object.fromEntries(checks.map((check) => [check.check, check.found]));
    expect(found).toEqual({
      form: 'parts: 1, bytes: 1',
      header: 'unreadable',
      alg: 'none',
      'header members': '',
      typ: 'none',
      'header nonce': 'none',
      kid: 'none',
      payload: 'unreadable',
      origin: 'none',
      ver: 'none',
      kind: 'no sign of another kind',
      tid: 'none',
      aud: 'none',
      lifetime: 'nbf none, iat none, exp none',
      'signature form': 'unreadable',
      iss: 'none',
      'signing key': 'none',
      signature: 'not looked at',
      oid: 'none',
      client: 'none',
      overage: 'none',
      'permission claims': 'scp none, roles none, acrs none',
      idtyp: 'none',
      'any permission': 'scp none, roles none',
      actor: 'scp none, idtyp none, oid is not sub',
    });
    expect(checks.find(({ check }) => check === 'iss')?.expected).toBe('the issuer in the metadata of the authority');
  });

  it('offline, of issuer, key and signature', async () => {
    const { checks } = await authentication.explain(tenant.signAccessToken(), { offline: true });
    const ofKeys = checks.filter(({ check }) => ['iss', 'signing key', 'signature'].includes(check));
    expect(ofKeys).toEqual([
      { check: 'iss', expected: iss, found: `"${iss}"`, passed: true },
      {
        check: 'signing key',
        expected: 'a key of the authority, meant for this issuer',
        found: `"${kid}", not looked for`,
        passed: undefined,
      },
      {
        check: 'signature',
        expected: 'made by that key over exactly this token',
        found: 'not looked at',
        passed: undefined,
      },
    ]);
  });

  it('offline, where no version tells which issuer is expected', async () => {
    const token = tenant.signAccessToken({ claims: { ver: '3.0' } });
    const { checks } = await authentication.explain(token, { offline: true });
    expect(checks.find(({ check }) => check === 'iss')?.expected).toBe('the issuer of the authority');
  });

  it('a header nonce is said to be there, not what it is', async () => {
    const { checks } = await authentication.explain(tenant.signAccessToken({ header: { kid, nonce: 'secret' } }));
    expect(checks.find(({ check }) => check === 'header nonce')?.found).toBe('present');
  });
});
