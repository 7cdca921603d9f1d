import { describe, expect, it } from 'vitest';
import { defaultLimits } from '../../../src/config/limits.js';
import { createOperationLabels } from '../../../src/http/metrics/measures.js';
import { type OperationAnswer, OperationRecord } from '../../../src/http/operation-record.js';

function ended({ name, errors, isVerified = true }: { name?: string; isVerified?: boolean } & OperationAnswer) {
  const record = new OperationRecord(isVerified, '192.0.2.1', () => undefined);
  record.end({ operation: { operation: 'query', ...(name !== undefined && { name: { value: name } }) }, errors });
  return record;
}
const failed = (...codes: unknown[]) => codes.map((code) => ({ extensions: { code } }));

describe('the name of an operation', () => {
  it('has a series of its own once a verified caller has used it with success', () => {
    const labelsOf = createOperationLabels(1);
    expect(labelsOf(ended({ name: 'Mine', isVerified: false })).operation).toBe('(other)');
    expect(labelsOf(ended({ name: 'Mine', errors: failed('FORBIDDEN') })).operation).toBe('(other)');
    expect(labelsOf(ended({ name: 'Mine' })).operation).toBe('Mine');
    expect(labelsOf(ended({ name: 'Mine', isVerified: false })).operation).toBe('Mine');
  });

  it('is not shown beyond the bound', () => {
    const labelsOf = createOperationLabels(defaultLimits.metricsOperations);
    const names = Array.from({ length: defaultLimits.metricsOperations + 1 }, (_, index) => `Name${index}`);
    const shown = names.map((name) => labelsOf(ended({ name })).operation);
    expect(shown).toEqual([...names.slice(0, -1), '(other)']);
  });

  it('is none for an operation without a name', () => {
    expect(createOperationLabels(1)(ended({})).operation).toBe('(none)');
  });
});

it.each([
  [[], 'ok', undefined],
  [['BAD_USER_INPUT'], 'client_error', 'BAD_USER_INPUT'],
  [['INVALID_TRANSITION'], 'client_error', 'INVALID_TRANSITION'],
  [['BAD_USER_INPUT', 'FORBIDDEN'], 'denied', 'BAD_USER_INPUT'],
  [['FORBIDDEN', 'INTERNAL_SERVER_ERROR'], 'server_error', 'FORBIDDEN'],
  [['SERVICE_UNAVAILABLE'], 'server_error', 'SERVICE_UNAVAILABLE'],
  [['a value of the request'], 'client_error', '_OTHER'],
  [[undefined], 'client_error', '_OTHER'],
])('errors %j make the outcome %s and the code %s', (codes, outcome, code) => {
  expect(ended({ errors: failed(...codes) })).toMatchObject({ outcome, code });
});

it('an operation ends once', () => {
  const ends: unknown[] = [];
  const record = new OperationRecord(true, '192.0.2.1', ({ outcome }) => ends.push(outcome));
  record.end({});
  record.end({ errors: failed('FORBIDDEN') });
  expect([ends, record.outcome]).toEqual([['ok'], 'ok']);
});
