import { describe, expect, it } from 'vitest';
import { parseClaimsRequest } from '../../../src/emulator/requests/claims-request.js';

const parse = (accessToken: unknown) => parseClaimsRequest(JSON.stringify({ access_token: accessToken }));

describe('claims request', () => {
  it('asks for nothing when absent', () => {
    expect(parseClaimsRequest(undefined)).toEqual({ authContexts: [], capabilities: [] });
  });

  it('asks for an authentication context', () => {
    expect(parse({ acrs: { essential: true, value: 'c1' } }).authContexts).toEqual(['c1']);
  });

  it('asks for several authentication contexts', () => {
    expect(parse({ acrs: { essential: true, values: ['c1', 'c2'] } }).authContexts).toEqual(['c1', 'c2']);
  });

  it.each(['c0', 'c100', 'urn:other', ''])('takes "%s" for no authentication context', (value) => {
    expect(parse({ acrs: { value } }).authContexts).toEqual([]);
  });

  it.each(['c1', 'c99'])('takes "%s" for an authentication context', (value) => {
    expect(parse({ acrs: { value } }).authContexts).toEqual([value]);
  });

  it('names client capabilities in any case', () => {
    expect(parse({ xms_cc: { values: ['CP1'] } }).capabilities).toEqual(['cp1']);
  });

  it('may ask for other claims, which are ignored', () => {
    expect(parse({ exp: { essential: true, value: '1' } })).toEqual({ authContexts: [], capabilities: [] });
  });

  it.each([
    ['1700000000', 1_700_000_000],
    ['soon', undefined],
    ['-1', undefined],
    ['1'.repeat(13), undefined],
  ])('asks for a token that is not dated earlier than %s', (value, expected) => {
    expect(parse({ nbf: { essential: true, value } }).notBeforeSeconds).toBe(expected);
  });

  it.each(['{', '[]', '"c1"', '{"access_token":{"acrs":"c1"}}'])('is refused when it is %s', (text) => {
    expect(() => parseClaimsRequest(text)).toThrow(expect.objectContaining({ entry: 'malformedRequest' }));
  });
});
