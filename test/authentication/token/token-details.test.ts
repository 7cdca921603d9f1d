import { describe, expect, it } from 'vitest';
import { detailsOf } from '../../../src/authentication/token/token-details.js';
import { encodePart } from '../../support/tenant.js';

describe('the name of the key in a header with other faults', () => {
  it.each([
    ['its kid', { alg: 'HS256', kid: 'one' }, { kid: 'one' }],
    ['its thumbprint where it has no kid', { alg: 'HS256', x5t: 'print' }, { x5t: 'print' }],
    ['its kid beside a thumbprint that is none', { kid: 'one', x5t: 7 }, { kid: 'one' }],
    ['nothing where the name is of another form', { kid: 'a b' }, { kid: undefined }],
    ['nothing where there is none', {}, { kid: undefined }],
    ['nothing if it is not JSON', '{', { kid: undefined }],
  ])('is %s', (_what, header, names) => {
    const token = { accessToken: '', header: encodePart(header), payload: '', signature: '' };
    expect(detailsOf(token, () => true)).toEqual(names);
  });
});
