import { describe, expect, it } from 'vitest';
import { parseGuid } from '../../src/authentication/guid.js';

const guid = '0a1b2c3d-4e5f-4a6b-8c7d-9e0f1a2b3c4d';

describe('parseGuid', () => {
  it('gives it in lower case', () => {
    expect(parseGuid(guid)).toBe(guid);
    expect(parseGuid(guid.toUpperCase())).toBe(guid);
  });

  it.each([
    `${guid}/`,
    `/${guid}`,
    ` ${guid}`,
    `${guid}\n`,
    `{${guid}}`,
    guid.replaceAll('-', ''),
    guid.replace('a', 'g'),
    guid.slice(1),
    '',
    7,
    null,
    undefined,
    [guid],
  ])('%j is none', (value) => {
    expect(parseGuid(value)).toBeUndefined();
  });
});
