import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ConfigError, loadConfig } from '../../src/config/config.js';
import { createDescribeLimit } from '../../src/config/limit-error.js';
import {
  completeLimits,
  defaultLimits,
  followedSettings,
  LIMITS,
  type Limit,
  type LimitName,
  limitSetting,
  raisingSetting,
} from '../../src/config/limits.js';
import { LIMIT_SETTING_NAMES } from '../../src/config/settings.js';

const valid = {
  ENTRA_TENANT_ID: '3f2504e0-4f89-41d3-9a0c-0305e82c3301',
  ENTRA_CLIENT_ID: '9b2d1c1e-7a55-4e0f-8d51-1d2f3a4b5c6d',
  DATABASE_URL: 'postgres://api:secret@db.example.com:5432/expenses',
};
const limits = Object.entries(LIMITS) as [LimitName, Limit][];
const following = limits.filter(([name]) => followedSettings(name).length > 0);
const growing = limits.flatMap(([name, { grows }]) => (grows ? [[name, grows] as const] : []));
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

  it('are few where they have a setting', () => {
    expect(settable.length).toBeLessThanOrEqual(31);
  });

  it.each(following)('%s follows settings, and has its default at theirs', (name) => {
    expect(followedSettings(name).filter((setting) => !LIMIT_SETTING_NAMES.includes(setting))).toEqual([]);
    expect(limitSetting(name)).toBeUndefined();
    expect(load({})[name]).toBe(LIMITS[name].default);
  });

  it.each(growing)(
    '%s grows with its settings up to its largest value, and does not shrink',
    (name, { to, with: names }) => {
      const usual = LIMITS[name].default;
      expect(to).toBeGreaterThanOrEqual(2 * usual);
      for (const setting of names) {
        const ofSetting = LIMITS[setting].default;
        expect([setting, completeLimits({ [setting]: 2 * ofSetting })[name]]).toEqual([setting, 2 * usual]);
        expect([setting, completeLimits({ [setting]: 1e6 * ofSetting })[name]]).toEqual([setting, to]);
        expect([setting, completeLimits({ [setting]: 1 })[name]]).toEqual([setting, usual]);
      }
    },
  );

  it('grow with the setting that is raised most', () => {
    const twice = { LIMIT_REQUEST_BODY_BYTES: '524288', LIMIT_ENTITY_REPRESENTATIONS: '3000' };
    expect(load(twice).variableValues).toBe(3 * LIMITS.variableValues.default);
  });

  it('of an address are the same part of the whole where that is raised or lowered', () => {
    for (const megabytes of [4, 256]) {
      const { incomingBytes, addressIncomingBytes } = load({ LIMIT_INCOMING_BYTES: String(megabytes * 1024 * 1024) });
      expect(addressIncomingBytes).toBe(incomingBytes / 4);
    }
  });

  it('take a value that is given in code, whatever they follow', () => {
    const given = { documentBytes: 2 * LIMITS.documentBytes.default, documentTokens: 10 };
    expect(completeLimits(given)).toMatchObject(given);
  });

  it.each([
    ['LIMIT_ADDRESS_LENGTH', 'this bound is fixed, see docs/limits.md'],
    ['LIMIT_DOCUMENT_TOKENS', 'this bound is fixed and follows LIMIT_DOCUMENT_BYTES, see docs/limits.md'],
  ])('stop the start when %s is set, because it is fixed', (setting, hint) => {
    expect(problems({ [setting]: '1000' })).toEqual([`${setting}: no such setting; ${hint}`]);
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

  it('do not name the setting without hints, nor for a fixed bound, and say what the client can do', () => {
    const withoutHints = createDescribeLimit(defaultLimits, false)('requestBodyBytes', 300_000);
    expect(JSON.stringify(withoutHints)).not.toContain('LIMIT_REQUEST');
    expect(withoutHints.message).toMatch(/ Send or ask for less at a time\.$/);
    const fixed = createDescribeLimit(defaultLimits, true)('requestHeaderBytes');
    expect(fixed.extensions.limit).toEqual({ name: 'requestHeaderBytes', maximum: 24_576 });
  });

  it.each([...settable.map(([name]) => name), ...following.map(([name]) => name)])(
    '%s names a setting only where that raises it further',
    (name) => {
      const top = Object.fromEntries(settable.map(([setting, [, to]]) => [setting, to]));
      const largest = completeLimits(top);
      const atLargest = createDescribeLimit(largest, true)(name, undefined, 'RATE_LIMITED');
      expect(atLargest.extensions.limit).toEqual({ name, maximum: largest[name] });
      expect(atLargest.message).toMatch(/ Try again later, with fewer requests at a time\.$/);
      const before = completeLimits({ ...top, [name]: largest[name] - 1 });
      if (limitSetting(name)) expect(raisingSetting(name, before)).toBe(limitSetting(name));
      else expect(followedSettings(name)).toContain(raisingSetting(name, defaultLimits));
    },
  );

  it('names the second setting where the first has no more effect', () => {
    const raised = completeLimits({ documentBytes: LIMITS.documentBytes.range[1] });
    expect(raisingSetting('operationAliases', raised)).toBe('LIMIT_MUTATION_FIELDS');
  });
});

const MILLISECONDS: Readonly<Record<string, number>> = {
  milliseconds: 1,
  seconds: 1_000,
  minutes: 60_000,
  hours: 3_600_000,
  days: 86_400_000,
};

it('every time fits a timer, which fires at once for a longer one', () => {
  const times = limits.filter(([, { unit }]) => unit in MILLISECONDS);
  expect(times.length).toBeGreaterThan(5);
  for (const [name, { unit, range, grows, default: usual }] of times) {
    expect((range?.[1] ?? grows?.to ?? usual) * (MILLISECONDS[unit] ?? Number.NaN), name).toBeLessThan(2 ** 31);
  }
});

it.each([256, 384, 1_024])(
  'all caches together take about a third of a heap of %i MiB, and never more than usual',
  (heap) => {
    const program = `
    import { HEAP_BYTES } from './src/values/cache-bytes.ts';
    import { defaultLimits as limits } from './src/config/limits.ts';
    const caches = Object.keys(limits).filter((name) => /CacheBytes$|^downstreamTokenBytes$/.test(name));
    // Costs have as much as plans.
    const bytes = limits.planCacheBytes + caches.reduce((sum, name) => sum + limits[name], 0);
    console.log(JSON.stringify({ share: bytes / HEAP_BYTES, mebibytes: bytes / 2 ** 20 }));`;
    const options = ['--import', 'tsx', '--input-type=module', '--eval', program];
    const { share, mebibytes } = JSON.parse(
      execFileSync(process.execPath, [`--max-old-space-size=${heap}`, ...options], {
        encoding: 'utf8',
        env: { ...process.env, NODE_OPTIONS: '' },
      }),
    );
    expect(mebibytes).toBeGreaterThan(80);
    expect(share).toBeLessThan(0.36);
    expect(mebibytes).toBeLessThanOrEqual(180);
  },
);
