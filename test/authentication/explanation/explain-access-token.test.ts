import { describe, expect, it } from 'vitest';
import { diagnose } from '../../../src/authentication/explanation/explanation-texts.js';
import { AUTHENTICATION_LIMITS } from '../../../src/authentication/limits.js';
import { tokenRequirements } from '../../../src/authentication/options/token-requirements.js';
import { SigningKeysUnavailableError } from '../../../src/authentication/refusals/access-token-error.js';
import {
  type AccessTokenFailureCode,
  describeFailure,
} from '../../../src/authentication/refusals/failure-catalogue.js';
import {
  addresses,
  appOnlyClaims,
  createKey,
  createTenant,
  delegatedClaims,
  encodePart,
  ids,
  NOW,
  signToken,
  v1Claims,
} from '../../support/tenant.js';

const tenant = createTenant();
const authentication = tenant.authentication();
const required = tokenRequirements(tenant.options);
const noFacts = { header: undefined, payload: undefined, hasReadableSignature: false };
const header = { typ: 'JWT', alg: 'RS256', kid: tenant.key.kid };
const explain = (claims: Record<string, unknown>, change: Record<string, unknown> = {}) =>
  authentication.explain(signToken(tenant.key, { ...header, ...change }, claims));

/** The check of that name. */
async function checkOf(name: string, claims: Record<string, unknown>, change: Record<string, unknown> = {}) {
  const { checks } = await explain(claims, change);
  return checks.find(({ check }) => check === name);
}

/** The catalogue's hint for this API. */
const hintOf = (code: AccessTokenFailureCode) =>
  describeFailure(code).hint.replaceAll('<client id of the API>', ids.api);

describe('an explanation', () => {
  it('says that every check of an accepted token passed, and names the caller', async () => {
    const { accepted, code, fix, checks, notes, caller } = await explain(delegatedClaims());
    expect({ accepted, code, fix, notes, kind: caller?.kind }).toEqual({
      accepted: true,
      code: undefined,
      fix: undefined,
      notes: [],
      kind: 'delegated',
    });
    expect(checks.filter(({ passed }) => passed !== true)).toEqual([]);
    expect(new Set(checks.map(({ check }) => check)).size).toBe(25);
  });

  const deep = `${'['.repeat(5000)}${']'.repeat(5000)}`;
  it.each([
    ['tid', '{"toString":1,"valueOf":1}'],
    ['tid', deep],
    ['aud', deep],
    ['aud', '[{"toString":1,"valueOf":1}]'],
    ['iss', '{"toString":1,"valueOf":1}'],
  ])('reads a token whose %s cannot be made a text', async (claim, json) => {
    const payload = JSON.stringify(delegatedClaims({ [claim]: 'here' })).replace('"here"', json);
    const token = `${encodePart(header)}.${Buffer.from(payload).toString('base64url')}.eA`;
    for (const offline of [false, true]) {
      expect(await authentication.explain(token, { offline })).toMatchObject({ accepted: false });
    }
  });

  it('reads a token whose alg cannot be made a text', async () => {
    const { code, fix } = await explain(delegatedClaims(), { alg: { toString: 1, valueOf: 1 } });
    expect({ code, fix }).toEqual({ code: 'ALGORITHM_NOT_ALLOWED', fix: hintOf('ALGORITHM_NOT_ALLOWED') });
  });

  it.each([
    [{ scp: 1 }, 'PERMISSION_CLAIM_INVALID'],
    [{ azp: 'x' }, 'CLIENT_ID_INVALID'],
  ])('counts nothing as held if it is unknown what is held or by whom (%j)', async (change, code) => {
    expect(await checkOf('any permission', delegatedClaims(change))).toMatchObject({ passed: false, code });
  });

  it('says everything that is wrong with a refused token', async () => {
    const { accepted, code, checks } = await explain(
      delegatedClaims({ aud: 'other', oid: 'x', exp: NOW - 100, scp: undefined }),
      { typ: 'logout+jwt' },
    );
    expect({ accepted, code }).toEqual({ accepted: false, code: 'TOKEN_TYPE_NOT_ALLOWED' });
    expect(checks.filter(({ passed }) => passed === false).map((check) => check.code)).toEqual([
      'TOKEN_TYPE_NOT_ALLOWED',
      'AUDIENCE_MISMATCH',
      'TOKEN_EXPIRED',
      'OBJECT_ID_INVALID',
      'NO_PERMISSIONS',
      'ACTOR_UNCLEAR',
    ]);
  });

  it('names the expected issuer also of a token refused for something before it', async () => {
    const { checks } = await createTenant()
      .authentication()
      .explain(tenant.signAccessToken({ claims: { aud: 'x' } }));
    expect(checks.find(({ check }) => check === 'iss')?.expected).toBe(delegatedClaims().iss);
  });

  it('the signature is judged apart from the times', async () => {
    const check = await checkOf('signature', delegatedClaims({ exp: 3, iat: 1, nbf: 1 }));
    expect(check?.passed).toBe(true);
  });

  it.each(['', 'opaque', '{"access_token":"x"}', 'a.b.c.d.e', '..'])(
    'refuses %j, in which nothing else can be checked',
    async (text) => {
      const { checks, accepted } = await authentication.explain(text);
      expect(accepted).toBe(false);
      expect(checks[0]?.passed).toBe(false);
      expect(checks.slice(1).every(({ passed }) => passed === undefined)).toBe(true);
    },
  );

  it('judges the header where the claims cannot be read', async () => {
    const { checks } = await authentication.explain(`${encodePart(header)}.${encodePart('[]')}.AAAA`);
    const verdicts = Object.fromEntries(checks.map(({ check, passed }) => [check, passed]));
    expect(verdicts).toMatchObject({ header: true, payload: false, alg: true, aud: undefined, signature: undefined });
  });

  it('never holds the token or a part of it, nor a name', async () => {
    const token = tenant.signAccessToken({ claims: { aud: 'x' } });
    const text = JSON.stringify(await authentication.explain(token));
    for (const part of token.split('.')) expect(text).not.toContain(part);
    expect(text).not.toMatch(/erin@example|Erin Example/);
  });

  it('long values are cut', async () => {
    const found = async (length: number) => (await checkOf('aud', delegatedClaims({ aud: 'x'.repeat(length) })))?.found;
    // With the quotes around it.
    const most = AUTHENTICATION_LIMITS.shownValueLength.default - 2;
    const cut = `"${'x'.repeat(most + 1)}...`;
    expect(await found(most)).toBe(`"${'x'.repeat(most)}"`);
    expect(await found(most + 1)).toBe(cut);
    expect(await found(5000)).toBe(cut);
  });

  it('an outage of a provider with an unknown address is worded too', () => {
    const { fix } = diagnose(new SigningKeysUnavailableError(1), noFacts, { required, issuersOf: () => [] });
    expect(fix).toContain('could not read the identity provider (not fetched yet)');
  });

  it('a bug is not explained away', () => {
    const bug = new TypeError('a bug');
    expect(() => diagnose(bug, noFacts, { required, issuersOf: () => [] })).toThrow(bug);
  });

  it('has the code that a server gives, which has its keys before the token comes', async () => {
    const fresh = createTenant();
    const token = fresh.signAccessToken({ header: { kid: 'unknown' }, claims: { aud: 'other' } });
    const { code, checks } = await fresh.authentication().explain(token);
    const kid = checks.find(({ check }) => check === 'kid');
    expect([code, kid?.code]).toEqual(['SIGNING_KEY_UNKNOWN', 'SIGNING_KEY_UNKNOWN']);
  });

  it('does not wait for keys if no header could name one', async () => {
    const fresh = createTenant();
    expect((await fresh.authentication().explain('rubbish')).code).toBe('TOKEN_NOT_COMPACT');
    expect(fresh.fetched).toEqual([]);
  });

  it('offline, it does not look at keys that are there', async () => {
    const fresh = createTenant();
    const own = fresh.authentication();
    await own.explain(fresh.signAccessToken());
    const { checks } = await own.explain(fresh.signAccessToken({ header: { kid: 'unknown' } }), { offline: true });
    expect(checks.find(({ check }) => check === 'kid')).toMatchObject({ passed: true });
  });

  it('a kid that can be none is not looked for', async () => {
    const { checks } = await tenant.authentication().explain(tenant.signAccessToken({ header: { kid: '../x' } }));
    expect(checks.find(({ check }) => check === 'kid')).toMatchObject({ code: 'KEY_ID_INVALID' });
  });

  it('an explanation asks the provider for nothing on account of rubbish', async () => {
    const fresh = createTenant();
    const own = fresh.authentication();
    await own.explain(fresh.signAccessToken());
    const fetches = fresh.fetched.length;
    await own.explain(fresh.signAccessToken({ header: { kid: 'unknown' }, claims: { aud: 'other' } }));
    expect(fresh.fetched).toHaveLength(fetches);
  });
});

describe('hints', () => {
  it('name a token for Microsoft Graph, by its header', async () => {
    const { fix } = await explain(delegatedClaims(), { nonce: 'x' });
    expect(fix).toBe(hintOf('TOKEN_FOR_GRAPH'));
  });

  it('name a token for Microsoft Graph, by its audience', async () => {
    const { fix } = await explain(delegatedClaims({ aud: '00000003-0000-0000-c000-000000000000' }));
    expect(fix).toBe(hintOf('TOKEN_FOR_GRAPH'));
  });

  it.each(
    [`api://${ids.api}/`, `spn:${ids.api}`, `${ids.api} `, ids.api.toUpperCase()].filter((aud) => aud !== ids.api),
  )('an audience of nearly the right spelling: %j', async (aud) => {
    const check = await checkOf('aud', delegatedClaims({ aud }));
    expect(check?.fix).toContain(`got ${JSON.stringify(aud)} in a token of version "2.0"`);
    expect(check?.expected).toBe(`${ids.api} or api://${ids.api}`);
  });

  it('say what an audience differs in that is nearly one of several', async () => {
    const own = tenant.authentication({ audiences: ['api://expenses', ids.api] });
    const { fix } = await own.explain(tenant.signAccessToken({ claims: { aud: 'api://Expenses/' } }));
    expect(fix).toContain('they differ only in');
  });

  it.each([`${ids.api}spn:`, `${ids.api.slice(0, 4)}/${ids.api.slice(4)}`, `api://${ids.api}/x`])(
    'an audience that is not nearly it: %j',
    async (aud) => {
      const check = await checkOf('aud', delegatedClaims({ aud }));
      expect(check?.fix).toBe(hintOf('AUDIENCE_MISMATCH'));
    },
  );

  it.each([{ aud: ['a', 'b'] }, {}, { aud: 'https://another-api.example' }])(
    'name another audience: %j',
    async ({ aud }) => {
      const check = await checkOf('aud', delegatedClaims({ aud }));
      expect(check?.fix).toBe(hintOf('AUDIENCE_MISMATCH'));
    },
  );

  it.each([
    ['the App ID URI', ['api://expenses'], 'api://expenses'],
    [
      'whatever it looks like, with its last slash, and not spn:',
      [ids.api, `spn:${ids.api}`, 'https://contoso.example/$&/'],
      'https://contoso.example/$&/',
    ],
    ['the client id', ['expenses', ids.api.toUpperCase()], `api://${ids.api}`],
    ['no more than is known', ['expenses'], 'api://<client id of the API>'],
  ])('the scope to ask for has %s', async (_what, audiences, uri) => {
    const own = tenant.authentication({ audiences });
    const faults = [
      { aud: 'x' },
      { aud: 'https://graph.microsoft.com' },
      { aud: 'https://vault.azure.net' },
      { nonce: 'x' },
    ];
    for (const claims of faults) {
      const { fix } = await own.explain(tenant.signAccessToken({ claims }));
      expect(fix).toContain(`${uri}/<scope name>`);
    }
  });

  it('a v1.0 token where only v2.0 is accepted', async () => {
    const own = tenant.authentication({ acceptV1Tokens: false });
    const { fix, checks } = await own.explain(signToken(tenant.key, header, v1Claims()));
    expect(fix).toBe(describeFailure('VERSION_1_NOT_ACCEPTED').hint);
    expect(checks.find(({ check }) => check === 'iss')?.passed).toBeUndefined();
  });

  it('name the placeholder {tenantid}', async () => {
    const iss = 'https://login.microsoftonline.com/{tenantid}/v2.0';
    expect((await checkOf('iss', delegatedClaims({ iss })))?.fix).toMatch(/^\{tenantid\} is a placeholder/);
  });

  it.each([
    ['exp', { exp: NOW, iat: NOW, nbf: NOW }, 'nbf 0 s ago, iat 0 s ago, exp 0 s ago'],
    ['no numbers', { exp: '1', iat: null, nbf: undefined }, 'nbf none, iat null, exp "1"'],
  ])('times that are %s', async (_name, claims, found) => {
    expect((await checkOf('lifetime', delegatedClaims(claims)))?.found).toBe(found);
  });

  it('an issuer of another cloud is not a placeholder', async () => {
    const check = await checkOf('iss', delegatedClaims({ iss: 'https://login.microsoftonline.us/x/v2.0' }));
    expect(check?.fix).toContain('Set ENTRA_INSTANCE=https://login.microsoftonline.us.');
  });

  it('in a v1.0 token, the issuer of that version is expected', async () => {
    const check = await checkOf('iss', v1Claims({ iss: `https://sts.windows.net/${ids.otherTenant}/` }));
    expect(check?.fix).toContain(`Expected https://sts.windows.net/${ids.tenant}/, got`);
  });

  it('name a service of Microsoft in a list of audiences', async () => {
    const check = await checkOf('aud', delegatedClaims({ aud: ['api://another', 'https://vault.azure.net'] }));
    expect(check?.fix).toContain('for Azure Key Vault, and never for this API');
  });

  it('idtyp user without a scope: neither the claim nor who acts is right', async () => {
    const claims = appOnlyClaims({ idtyp: 'user' });
    expect(await checkOf('idtyp', claims)).toMatchObject({ passed: false, code: 'ACTOR_UNCLEAR' });
    expect(await checkOf('actor', claims)).toMatchObject({ passed: false, code: 'ACTOR_UNCLEAR' });
  });

  it('where something else fails first, the placeholder is not what to change', async () => {
    const iss = 'https://login.microsoftonline.com/{tenantid}/v2.0';
    const { fix } = await explain(delegatedClaims({ iss, exp: 3, iat: 1, nbf: 1 }));
    expect(fix).toBe(describeFailure('TOKEN_EXPIRED').hint);
  });

  it.each([7, undefined])('an issuer that is not a text: %j', async (wrong) => {
    const check = await checkOf('iss', delegatedClaims({ iss: wrong }));
    expect(check?.fix).toContain('Check ENTRA_INSTANCE and ENTRA_TENANT_ID.');
  });

  it('another tenant: the allowed ones are named', async () => {
    const check = await checkOf('tid', delegatedClaims({ tid: ids.otherTenant }));
    expect(check).toMatchObject({ expected: ids.tenant, found: `"${ids.otherTenant}"`, code: 'TENANT_NOT_ALLOWED' });
    expect(check?.fix).toBe(describeFailure('TENANT_NOT_ALLOWED').hint);
  });

  it.each([
    ['a personal account', '9188040d-6c67-4c5b-b112-36a304b66dad', /^This is a personal Microsoft account/],
    [
      'a tenant of another cloud',
      ids.otherTenant,
      /another cloud. Set ENTRA_INSTANCE=https:\/\/login.microsoftonline.us/,
    ],
  ])('%s: what lets it in is named', async (_who, tid, words) => {
    const check = await checkOf('tid', delegatedClaims({ tid, iss: `https://login.microsoftonline.us/${tid}/v2.0` }));
    expect(check?.fix).toMatch(words);
  });

  it.each([
    ['of v1.0', v1Claims({ tid: ids.otherTenant, iss: `https://sts.windows.net/${ids.otherTenant}/` })],
    ['with an issuer that is not an address', delegatedClaims({ tid: ids.otherTenant, iss: 'x' })],
  ])('another tenant in a token %s: what lets it in is named', async (_which, claims) => {
    const check = await checkOf('tid', claims);
    expect(check).toMatchObject({ code: 'TENANT_NOT_ALLOWED', fix: expect.stringContaining('ENTRA_') });
  });

  it('name an ID token', async () => {
    const check = await checkOf('kind', delegatedClaims({ nonce: 'x', c_hash: 'y' }));
    expect(check).toMatchObject({ code: 'ID_TOKEN', found: 'has nonce, c_hash' });
  });

  it('name a token with neither scp nor roles', async () => {
    const { fix } = await explain(appOnlyClaims({ roles: undefined }));
    expect(fix).toBe(hintOf('NO_PERMISSIONS'));
  });

  it.each(['azp', 'appid'])('name a client that is let in without permission (%s)', async (claim) => {
    const own = tenant.authentication({ clientsWithoutPermissions: [ids.client] });
    const { notes } = await own.explain(
      signToken(tenant.key, header, appOnlyClaims({ azp: undefined, [claim]: ids.client })),
    );
    expect(notes).toEqual([expect.stringMatching(/^This client is let in without any permission/)]);
  });

  it('name such a client whatever the case of its id', async () => {
    const client = 'abcdefab-0000-4000-8000-000000000001';
    const own = tenant.authentication({ clientsWithoutPermissions: [client] });
    const claims = appOnlyClaims({ azp: client.toUpperCase() });
    expect((await own.explain(signToken(tenant.key, header, claims))).notes).toHaveLength(1);
  });

  it.each([
    ['ver', { ver: '3.0' }, {}, 'VERSION_UNSUPPORTED'],
    ['permission claims', { scp: 7 }, {}, 'PERMISSION_CLAIM_INVALID'],
    ['permission claims', { acrs: 7 }, {}, 'PERMISSION_CLAIM_INVALID'],
    ['signing key', {}, { x5t: 'other' }, 'KEY_THUMBPRINT_MISMATCH'],
  ])('the check of %s fails with %j and %j', async (name, claims, change, code) => {
    expect(await checkOf(name, delegatedClaims(claims), change)).toMatchObject({ passed: false, code });
  });

  it('a header that is not a JSON object', async () => {
    const [, ...rest] = tenant.signAccessToken().split('.');
    const { checks } = await authentication.explain([encodePart([]), ...rest].join('.'));
    expect(checks.find(({ check }) => check === 'header')).toMatchObject({ passed: false, code: 'HEADER_MALFORMED' });
  });

  it('every claim that tells another kind of token is named', async () => {
    const check = await checkOf('kind', delegatedClaims({ nonce: 'x', at_hash: 'x', c_hash: 'x', cnf: {} }));
    expect(check?.found).toBe('has nonce, at_hash, c_hash, cnf');
  });

  it('name an unknown key', async () => {
    const check = await checkOf('signing key', delegatedClaims(), { kid: 'unknown' });
    expect(check).toMatchObject({ code: 'SIGNING_KEY_UNKNOWN', found: '"unknown"' });
    expect(check?.fix).toContain('?appid=');
  });

  it('the address this server could not read, and why', async () => {
    const fresh = createTenant();
    fresh.answers[addresses.v2Keys] = { body: '<html>Sign in</html>' };
    const { code, fix, checks } = await fresh.authentication().explain(fresh.signAccessToken());
    expect(code).toBe('SIGNING_KEYS_UNAVAILABLE');
    expect(fix).toContain(addresses.v2Keys);
    expect(fix).toContain('HTML');
    const open = checks.filter(({ passed }) => passed !== true);
    expect(open.map(({ check }) => check)).toEqual(['iss', 'signing key', 'signature']);
    expect(open).toEqual(open.map((check) => ({ ...check, passed: undefined, code, fix })));
  });

  it('the algorithm is bound here', async () => {
    expect((await checkOf('alg', delegatedClaims()))?.expected).toContain('RS256');
  });

  it('say how far the clocks are apart in seconds', async () => {
    const check = await checkOf('lifetime', delegatedClaims({ nbf: NOW + 75 }));
    expect(check).toMatchObject({ code: 'TOKEN_NOT_YET_VALID', found: 'nbf in 75 s, iat 300 s ago, exp in 3600 s' });
  });

  it('have no note where nothing is left out', async () => {
    expect((await explain(delegatedClaims({ _claim_names: null }))).notes).toEqual([]);
  });

  it.each([{ hasgroups: true }, { hasgroups: 'true' }, { _claim_names: { groups: 'src1' } }])(
    'name groups that are left out: %j',
    async (claims) => {
      expect((await explain(delegatedClaims(claims))).notes).toEqual([
        expect.stringMatching(/^The user is in too many/),
      ]);
    },
  );

  it('groups with names where the settings name ids', async () => {
    const notesOf = async (groups: unknown) => {
      const own = tenant.authentication({ groupRoles: { [ids.application]: ['Finance'] } });
      return (await own.explain(signToken(tenant.key, header, delegatedClaims({ groups })))).notes;
    };
    expect(await notesOf([ids.user, 'Finance'])).toEqual([expect.stringMatching(/^Claim groups has names/)]);
    expect(await notesOf([ids.user])).toEqual([]);
    expect(await notesOf(undefined)).toEqual([]);
    expect((await explain(delegatedClaims({ groups: ['Finance'] }))).notes).toEqual([]);
  });

  it('name roles that are left out', async () => {
    const { code } = await explain(delegatedClaims({ _claim_names: { roles: 'src1' } }));
    expect(code).toBe('CLAIMS_OVERAGE');
  });

  it('a client list is shown', async () => {
    const own = tenant.authentication({ allowedClients: [ids.application] });
    const { checks } = await own.explain(tenant.signAccessToken());
    expect(checks.find(({ check }) => check === 'client')).toMatchObject({
      expected: ids.application,
      code: 'CLIENT_NOT_ALLOWED',
    });
  });

  it('a signature that is not written as one: it alone fails', async () => {
    const { code, checks } = await authentication.explain(`${tenant.signAccessToken()}=`);
    expect(code).toBe('TOKEN_ENCODING_INVALID');
    expect(checks.filter(({ passed }) => passed !== true)).toMatchObject([
      { check: 'signature form', passed: false, code: 'TOKEN_ENCODING_INVALID', found: 'unreadable' },
      { check: 'signature', passed: undefined },
    ]);
  });

  it('a signature that is too short: it alone fails', async () => {
    const [head, claims, signature = ''] = tenant.signAccessToken().split('.');
    const { checks } = await authentication.explain(`${head}.${claims}.${signature.slice(0, -6)}`);
    expect(checks.filter(({ passed }) => passed !== true)).toMatchObject([
      { check: 'signature', passed: false, code: 'SIGNATURE_INVALID' },
    ]);
  });

  it('name a forged signature', async () => {
    const token = tenant.signAccessToken({ key: createKey(), header: { kid: tenant.key.kid } });
    const { checks } = await authentication.explain(token);
    expect(checks.find(({ check }) => check === 'signature')?.code).toBe('SIGNATURE_INVALID');
    expect(checks.find(({ check }) => check === 'signing key')?.passed).toBe(true);
  });
});
