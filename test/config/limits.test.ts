import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ConfigError, loadConfig } from '../../src/config/config.js';
import { createDescribeLimit } from '../../src/config/limit-error.js';
import { defaultLimits, LIMITS, type Limit, type LimitName, limitSetting } from '../../src/config/limits.js';
import { LIMIT_SETTING_NAMES } from '../../src/config/settings.js';

const valid = {
  ENTRA_TENANT_ID: '3f2504e0-4f89-41d3-9a0c-0305e82c3301',
  ENTRA_CLIENT_ID: '9b2d1c1e-7a55-4e0f-8d51-1d2f3a4b5c6d',
  DATABASE_URL: 'postgres://api:secret@db.example.com:5432/expenses',
};
const limits = Object.entries(LIMITS) as [LimitName, Limit][];
const settable = limits.flatMap(([name, { range }]) => (range ? [[name, range] as const] : []));

function load(change: Record<string, string>) {
  return loadConfig({ ...valid, ...change }, 'production').limits;
}

function problems(change: Record<string, string>): readonly string[] {
  try {
    load(change);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
}

describe('limits', () => {
  it('have their defaults when no setting is given', () => {
    expect(load({})).toEqual(defaultLimits);
  });

  it.each(settable)('%s takes both ends of its range, and nothing beyond', (name, [from, to]) => {
    const setting = limitSetting(name) ?? '';
    expect(load({ [setting]: String(from) })[name]).toBe(from);
    expect(load({ [setting]: String(to) })[name]).toBe(to);
    for (const beyond of [from - 1, to + 1]) {
      expect(problems({ [setting]: String(beyond) })).toEqual([expect.stringContaining(`from ${from} to ${to}`)]);
    }
  });

  it.each(settable)('%s has a default within its range', (name, [from, to]) => {
    expect(LIMITS[name].default).toBeGreaterThanOrEqual(from);
    expect(LIMITS[name].default).toBeLessThanOrEqual(to);
  });

  it.each(limits.filter(([, { range }]) => !range))('%s is fixed and says why', (_name, { reason }) => {
    expect(reason).toMatch(/^Fixed: /);
  });

  it('stop the start when a name is misspelt', () => {
    expect(problems({ LIMIT_REQUEST_BODY_BYTE: '1024' })).toEqual([
      expect.stringMatching(/^LIMIT_REQUEST_BODY_BYTE: no such setting; docs\/limits.md/),
    ]);
  });

  it('all stand in the documentation', () => {
    const page = readFileSync('docs/limits.md', 'utf8');
    for (const setting of LIMIT_SETTING_NAMES) expect(page).toContain(`\`${setting}\``);
  });

  it('tell the bound, the amount and the setting beyond them', () => {
    expect(createDescribeLimit(defaultLimits, true)('requestBodyBytes', 300_000)).toEqual({
      message:
        'The size of the request body is 300000. At most 262144 bytes are allowed. The setting LIMIT_REQUEST_BODY_BYTES raises it.',
      extensions: {
        code: 'LIMIT_EXCEEDED',
        limit: { name: 'requestBodyBytes', maximum: 262_144, asked: 300_000, setting: 'LIMIT_REQUEST_BODY_BYTES' },
      },
    });
  });

  it('do not name the setting without hints, nor for a fixed bound', () => {
    const withoutHints = createDescribeLimit(defaultLimits, false)('requestBodyBytes', 300_000);
    expect(JSON.stringify(withoutHints)).not.toContain('LIMIT_REQUEST');
    const fixed = createDescribeLimit(defaultLimits, true)('requestHeaderBytes');
    expect(fixed.extensions.limit).toEqual({ name: 'requestHeaderBytes', maximum: 24_576 });
  });
});

const MILLISECONDS: Readonly<Record<string, number>> = {
  milliseconds: 1,
  seconds: 1_000,
  minutes: 60_000,
  hours: 3_600_000,
  days: 86_400_000,
};

it('every time fits a timer, which fires at once for more than 2 147 483 647 ms', () => {
  const times = limits.filter(([, { unit }]) => unit in MILLISECONDS);
  expect(times.length).toBeGreaterThan(5);
  for (const [name, { unit, range, default: usual }] of times) {
    expect((range?.[1] ?? usual) * (MILLISECONDS[unit] ?? Number.NaN), name).toBeLessThan(2 ** 31);
  }
});
