import { describe, expect, it } from 'vitest';
import { keyNamesIn } from '../../../src/authentication/token/token-details.js';
import { encodePart } from '../../support/tenant.js';

describe('the name of the key in a header with other faults', () => {
  it.each([
    ['its kid', { alg: 'HS256', kid: 'one' }, { kid: 'one', x5t: undefined }],
    ['its thumbprint where it has no kid', { alg: 'HS256', x5t: 'print' }, { kid: undefined, x5t: 'print' }],
    ['its kid beside a thumbprint that is none', { kid: 'one', x5t: 7 }, { kid: 'one', x5t: undefined }],
    ['nothing where the name is of another form', { kid: 'a b' }, { kid: undefined, x5t: undefined }],
    ['nothing where there is none', {}, { kid: undefined, x5t: undefined }],
    ['nothing where it is no JSON', '{', { kid: undefined, x5t: undefined }],
  ])('is %s', (_what, header, names) => {
    expect(keyNamesIn(encodePart(header))).toEqual(names);
  });
});
