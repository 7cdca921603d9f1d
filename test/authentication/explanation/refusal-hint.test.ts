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
