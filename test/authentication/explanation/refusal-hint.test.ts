import { describe, expect, it } from 'vitest';
import { refusalHint } from '../../../src/authentication/explanation/refusal-hint.js';
import { describeFailure } from '../../../src/authentication/refusals/failure-catalogue.js';

const hint = describeFailure('AUDIENCE_MISMATCH').hint;

describe('the advice in the log on a token for another API', () => {
  it.each([
    ['one service', 'https://vault.azure.net'],
    ['a list with one', 'api://another https://vault.azure.net'],
  ])('says that it is never for this one where it names %s of Microsoft', (_what, aud) => {
    const advice = refusalHint({ code: 'AUDIENCE_MISMATCH', details: { aud } });
    expect(advice).toContain('for Azure Key Vault, and never for this API');
    expect(advice).not.toContain('ENTRA_AUDIENCES');
  });

  it.each([
    ['names an API of somebody else', { aud: 'api://another' }],
    ['has no audience that the log may know', {}],
  ])('is that of the catalogue where the token %s', (_what, details) => {
    expect(refusalHint({ code: 'AUDIENCE_MISMATCH', details })).toBe(hint);
  });
});

it('the advice on every other refusal is that of the catalogue, whatever the audience', () => {
  const details = { aud: 'https://vault.azure.net' };
  expect(refusalHint({ code: 'TOKEN_EXPIRED', details })).toBe(describeFailure('TOKEN_EXPIRED').hint);
});

describe('the advice in the log on a token of another issuer', () => {
  const expectedIss = 'https://login.microsoftonline.com/11111111-1111-4111-8111-111111111111/v2.0';
  const us = 'login.microsoftonline.us';

  it.each([
    [
      { expectedIss, iss: us },
      /^Expected https:.*, got an issuer of the host login.microsoftonline.us. .*ENTRA_INSTANCE/,
    ],
    [{ expectedIss }, /^Expected https:.*, got another issuer of the same host. Check ENTRA_TENANT_ID/],
  ])('names both where it knows them: %j', (details, advice) => {
    expect(refusalHint({ code: 'ISSUER_MISMATCH', details })).toMatch(advice);
  });

  it('is that of the catalogue where no issuer is expected', () => {
    expect(refusalHint({ code: 'ISSUER_MISMATCH', details: {} })).toBe(describeFailure('ISSUER_MISMATCH').hint);
  });

  it('names the cloud of a tenant that is not allowed, if it is another', () => {
    const catalogued = describeFailure('TENANT_NOT_ALLOWED').hint;
    const advice = (iss: string | undefined) => refusalHint({ code: 'TENANT_NOT_ALLOWED', details: { iss } });
    expect(advice(us)).toMatch(/^The issuer of the token is of the host .* another cloud. Set ENTRA_INSTANCE/);
    expect([advice('issuer.example.com'), advice(undefined)]).toEqual([catalogued, catalogued]);
  });
});

it('the advice in the log on a personal account names the one setting that lets them in', () => {
  const advice = refusalHint({ code: 'TENANT_NOT_ALLOWED', details: { tid: '9188040d-6c67-4c5b-b112-36a304b66dad' } });
  expect(advice).toMatch(/^This is a personal Microsoft account\. .*ENTRA_TENANT_ID=common/);
});
