import { describe, expect, it } from 'vitest';
import type { Limit } from '../../src/config/limits.js';
import { EXPENSES_LIMITS } from '../../src/expenses/limits.js';

const limits: readonly (readonly [string, Limit])[] = Object.entries(EXPENSES_LIMITS);

describe('limits of the sample resource', () => {
  it.each(limits)('%s is fixed and says why', (_name, { range, reason }) => {
    expect(range).toBeUndefined();
    expect(reason).toMatch(/^Fixed: /);
  });
});
