import { describe, expect, it } from 'vitest';
import { createDescribeLimit } from '../../../../src/config/limit-error.js';
import { defaultLimits } from '../../../../src/config/limits.js';
import { createKeptMessages, operationBytes } from '../../../../src/graphql/websocket/bounds/kept-messages.js';

const limits = { incomingBytes: 1_000, addressIncomingBytes: 600 };

function create() {
  const { keep } = createKeptMessages(limits, createDescribeLimit({ ...defaultLimits, ...limits }, true));
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

  it('give their room back', () => {
    const { keep, ask } = create();
    const release = keep('erin', 600);
    if (typeof release === 'function') release();
    expect(ask('erin', 600)).toBe('kept');
  });

  it('count with more than their text', () => {
    expect(operationBytes('{}', 0)).toBeGreaterThan(1_000);
    expect(operationBytes('', 6_000) - operationBytes('', 0)).toBe(600_000);
  });
});
