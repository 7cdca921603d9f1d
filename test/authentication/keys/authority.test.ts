import { describe, expect, it } from 'vitest';
import { DocumentError } from '../../../src/authentication/fetch/bounded-fetch.js';
import { createAuthority } from '../../../src/authentication/keys/authority.js';
import { readMetadata } from '../../../src/authentication/keys/metadata.js';
import { refusal } from '../../support/refusal.js';
import { addresses, createTenant, ids } from '../../support/tenant.js';

const tenantId = ids.tenant;

describe('the metadata address', () => {
  const authority = createAuthority('https://login.microsoftonline.com', tenantId);

  it('is that of Entra for v2.0', () => {
    expect(authority.metadataAddress('2.0')).toBe(addresses.v2Metadata);
  });

  it('is that of Entra for v1.0', () => {
    expect(authority.metadataAddress('1.0')).toBe(addresses.v1Metadata);
    expect(authority.metadataAddress('1.0')).toBe(
      `https://login.microsoftonline.com/${tenantId}/.well-known/openid-configuration`,
    );
  });

  it('names an application that has signing keys of its own', () => {
    const own = createAuthority('https://login.microsoftonline.com', tenantId, ids.api);
    expect(own.metadataAddress('2.0')).toBe(`${addresses.v2Metadata}?appid=${ids.api}`);
  });
});

describe('the issuers', () => {
  it.each([
    ['https://login.microsoftonline.com', 'https://sts.windows.net', 'https://login.microsoftonline.com'],
    ['https://login.windows.net', 'https://sts.windows.net', 'https://login.microsoftonline.com'],
    ['https://login.microsoft.com', 'https://sts.windows.net', 'https://login.microsoftonline.com'],
    ['https://login.microsoftonline.us', 'https://sts.windows.net', 'https://login.microsoftonline.us'],
    ['https://login.usgovcloudapi.net', 'https://sts.windows.net', 'https://login.microsoftonline.us'],
    ['https://login.chinacloudapi.cn', 'https://sts.chinacloudapi.cn', 'https://login.partner.microsoftonline.cn'],
    [
      'https://login.partner.microsoftonline.cn',
      'https://sts.chinacloudapi.cn',
      'https://login.partner.microsoftonline.cn',
    ],
    [
      'https://login.unknown-cloud.example',
      'https://login.unknown-cloud.example',
      'https://login.unknown-cloud.example',
    ],
    ['http://127.0.0.1:4010', 'http://127.0.0.1:4010', 'http://localhost:4010'],
    ['https://localhost', 'https://localhost', 'https://[::1]'],
  ])('of %s are those of its cloud', (instance, v1Origin, v2Origin) => {
    const authority = createAuthority(instance, tenantId);
    for (const tenant of [tenantId, '{tenantid}']) {
      expect(authority.acceptsIssuer(`${v1Origin}/${tenant}/`, '1.0')).toBe(true);
      expect(authority.acceptsIssuer(`${v2Origin}/${tenant}/v2.0`, '2.0')).toBe(true);
    }
  });

  it('are those of the tenant and of its template, and no others', () => {
    const { issuers } = createAuthority('https://login.microsoftonline.com', tenantId);
    expect(issuers('1.0')).toEqual([`https://sts.windows.net/${tenantId}/`, 'https://sts.windows.net/{tenantid}/']);
    expect(issuers('2.0')).toEqual([
      `https://login.microsoftonline.com/${tenantId}/v2.0`,
      'https://login.microsoftonline.com/{tenantid}/v2.0',
    ]);
  });

  it('of an emulator are those of every name of its host, its own first', () => {
    const ports = [['http://localhost:4010', ':4010'] as const, ['http://localhost', ''] as const];
    for (const [instance, port] of ports) {
      const starts = ['localhost', '127.0.0.1', '[::1]'].map((host) => `http://${host}${port}`);
      expect(createAuthority(instance, tenantId).issuers('1.0')).toEqual(
        starts.flatMap((start) => [`${start}/${tenantId}/`, `${start}/{tenantid}/`]),
      );
    }
  });

  const authority = createAuthority('https://login.microsoftonline.com', tenantId);
  it.each([
    ['of another tenant', `https://login.microsoftonline.com/${ids.otherTenant}/v2.0`],
    ['of another cloud', `https://login.microsoftonline.us/${tenantId}/v2.0`],
    ['of version 1.0', `https://sts.windows.net/${tenantId}/`],
    ['over http', `http://login.microsoftonline.com/${tenantId}/v2.0`],
    ['of a look-alike host', `https://login.microsoftonline.com.evil.example/${tenantId}/v2.0`],
    ['with more behind it', `https://login.microsoftonline.com/${tenantId}/v2.0/`],
  ])('do not include one %s', (_name, issuer) => {
    expect(authority.acceptsIssuer(issuer, '2.0')).toBe(false);
  });

  it('of External ID have the tenant in their host', () => {
    const external = createAuthority('https://contoso.ciamlogin.com', tenantId);
    expect(external.acceptsIssuer(`https://${tenantId}.ciamlogin.com/${tenantId}/v2.0`, '2.0')).toBe(true);
    expect(external.acceptsIssuer(`https://sts.windows.net/${tenantId}/`, '1.0')).toBe(true);
    expect(external.acceptsIssuer(`https://sts.windows.net/${tenantId}/v2.0`, '2.0')).toBe(false);
    expect(external.acceptsIssuer(`https://contoso.ciamlogin.com/${tenantId}/`, '1.0')).toBe(true);
    expect(external.acceptsKeyAddress(`https://${tenantId}.ciamlogin.com/${tenantId}/discovery/v2.0/keys`)).toBe(true);
    expect(external.acceptsKeyAddress('https://fabrikam.ciamlogin.com/keys')).toBe(false);
  });

  it('a loopback issuer on another port', () => {
    const loopback = createAuthority('http://127.0.0.1:4010', tenantId);
    expect(loopback.acceptsIssuer(`http://127.0.0.1:4011/${tenantId}/v2.0`, '2.0')).toBe(false);
  });
});

describe('key addresses', () => {
  const authority = createAuthority('https://login.microsoftonline.com', tenantId);
  it.each([
    [addresses.v2Keys, true],
    ['https://login.windows.net/common/discovery/keys', true],
    ['http://login.microsoftonline.com/keys', false],
    ['https://login.microsoftonline.us/keys', false],
    ['https://login.microsoftonline.com:8443/keys', false],
    ['https://user:password@login.microsoftonline.com/keys', false],
    ['https://login.microsoftonline.com@evil.example/keys', false],
    ['https://login.microsoftonline.com.evil.example/keys', false],
    ['https://127.0.0.1/keys', false],
    ['file:///etc/keys', false],
    ['https://user@login.microsoftonline.com/keys', false],
    ['https://:password@login.microsoftonline.com/keys', false],
    ['keys', false],
    ['', false],
  ])('%s: %s', (address, accepted) => {
    expect(authority.acceptsKeyAddress(address)).toBe(accepted);
  });

  it.each([
    ['http://127.0.0.1:5000/keys', true],
    ['http://localhost:5000/keys', true],
    ['http://[::1]:5000/keys', true],
    ['https://127.0.0.1/keys', true],
    ['http://192.168.0.1/keys', false],
    ['http://127.0.0.1.evil.example/keys', false],
    ['https://login.microsoftonline.com/keys', false],
    ['ftp://127.0.0.1/keys', false],
  ])('of an emulator, %s: %s', (address, accepted) => {
    expect(createAuthority('http://127.0.0.1:4010', tenantId).acceptsKeyAddress(address)).toBe(accepted);
  });
});

describe('an instance', () => {
  it.each(['https://login.microsoftonline.com', 'https://login.microsoftonline.com/', 'http://localhost:1'])(
    '%s',
    (instance) => {
      expect(() => createAuthority(instance, tenantId)).not.toThrow();
    },
  );

  it.each([
    '',
    'login.microsoftonline.com',
    'http://login.microsoftonline.com',
    'https://login.microsoftonline.com/tenant',
    'https://login.microsoftonline.com?x',
    'https://user@login.microsoftonline.com',
    'ftp://localhost',
  ])('refused: %j', (instance) => {
    expect(() => createAuthority(instance, tenantId)).toThrow(TypeError);
    expect(() => createAuthority(instance, tenantId)).toThrow('https://login.microsoftonline.com');
  });

  it('that is unknown vouches for its own host and port', () => {
    const unknown = createAuthority('https://login.cloud.example:8443', tenantId);
    expect(unknown.acceptsIssuer(`https://login.cloud.example:8443/${tenantId}/v2.0`, '2.0')).toBe(true);
    expect(unknown.acceptsIssuer(`https://login.cloud.example/${tenantId}/v2.0`, '2.0')).toBe(false);
  });
});

describe('metadata that is not the authority’s own', () => {
  const read = (document: Record<string, unknown>) =>
    readMetadata(createAuthority('https://login.microsoftonline.com', tenantId), '2.0', async () => document);
  const good = { issuer: `https://login.microsoftonline.com/${tenantId}/v2.0`, jwks_uri: addresses.v2Keys };

  it('good metadata', async () => {
    expect(await read({ ...good, cloud_instance_name: 'microsoftonline.com' })).toEqual({
      issuer: good.issuer,
      jwksUri: good.jwks_uri,
      cloudInstanceName: 'microsoftonline.com',
    });
  });

  it.each([
    { issuer: 'https://evil.example/v2.0' },
    { issuer: undefined },
    { issuer: 7 },
    { jwks_uri: 'https://evil.example/keys' },
    { jwks_uri: 'http://login.microsoftonline.com/keys' },
    { jwks_uri: undefined },
    { jwks_uri: [addresses.v2Keys] },
  ])('%j', async (change) => {
    await expect(read({ ...good, ...change })).rejects.toBeInstanceOf(DocumentError);
    await expect(read({ ...good, ...change })).rejects.toMatchObject({
      name: 'DocumentError',
      address: addresses.v2Metadata,
      reason: expect.stringContaining(Object.keys(change).join()),
    });
  });

  it('a name of the cloud that is not a text counts as none', async () => {
    expect(await read({ ...good, cloud_instance_name: 7 })).toMatchObject({ cloudInstanceName: undefined });
  });

  it('is refused as an outage, and nothing is fetched from where it points', async () => {
    const tenant = createTenant();
    tenant.answers[addresses.v2Metadata] = { body: { ...good, jwks_uri: 'https://evil.example/keys' } };
    expect(await refusal(tenant.authentication().verify(tenant.signAccessToken()))).toBe('SIGNING_KEYS_UNAVAILABLE');
    expect(tenant.fetched).toEqual([addresses.v2Metadata]);
  });

  it('does not replace keys that are known', async () => {
    const tenant = createTenant();
    const authentication = tenant.authentication();
    await authentication.verify(tenant.signAccessToken());
    tenant.answers[addresses.v2Metadata] = { body: { ...good, issuer: 'https://evil.example/v2.0' } };
    await tenant.advance(2 * 3_600_000);
    const later = tenant.signAccessToken({ claims: { exp: tenant.clock.nowMs / 1000 + 60 } });
    expect(await refusal(authentication.verify(later))).toBe('accepted');
  });
});
