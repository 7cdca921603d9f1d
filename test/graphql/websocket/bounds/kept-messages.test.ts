import { describe, expect, it } from 'vitest';
import { createDescribeLimit } from '../../../../src/config/limit-error.js';
import { defaultLimits } from '../../../../src/config/limits.js';
import { createKeptMessages, measureMessage } from '../../../../src/graphql/websocket/bounds/kept-messages.js';

const limits = { ...defaultLimits, incomingBytes: 1_000, addressIncomingBytes: 600 };

function create() {
  const bounds = { each: 'addressIncomingBytes', all: 'incomingBytes', code: 'SERVICE_UNAVAILABLE' } as const;
  const { keep } = createKeptMessages(bounds, limits, createDescribeLimit(limits, true));
  const codeOf = (kept: ReturnType<typeof keep>) => (typeof kept === 'function' ? 'kept' : kept.extensions.code);
  return { keep, ask: (holder: string, bytes: number) => codeOf(keep(holder, bytes)) };
}

describe('operations that are kept', () => {
  it('have room up to the bound of their caller', () => {
    const { ask } = create();
    expect([ask('erin', 600), ask('erin', 1)]).toEqual(['kept', 'RATE_LIMITED']);
  });

  it('have room up to the bound of all', () => {
    const { ask } = create();
    expect([ask('erin', 600), ask('mia', 400), ask('ada', 1)]).toEqual(['kept', 'kept', 'SERVICE_UNAVAILABLE']);
  });

  it('give their room back once', () => {
    const { keep, ask } = create();
    ask('erin', 300);
    const release = keep('erin', 300);
    if (typeof release !== 'function') throw new Error(release.message);
    release();
    release();
    expect([ask('erin', 300), ask('erin', 1)]).toEqual(['kept', 'RATE_LIMITED']);
  });

  it('count with more than their text', () => {
    const { bytes } = measureMessage('{}', 0, limits);
    expect(bytes).toBeGreaterThan(1_000);
    expect(measureMessage('{}', 6_000, limits).bytes - bytes).toBe(600_000);
  });

  it('count with two bytes for each unit while a subscription is open, and are not kept with too many values', () => {
    const keptBytes = (values: number) => measureMessage('x'.repeat(1_000), values, limits).keptBytes;
    expect([keptBytes(0), keptBytes(500), keptBytes(501)]).toEqual([2_000, 52_000, undefined]);
  });
});
