import { describe, expect, it } from 'vitest';
import { limitDenials, type ResponseError } from '../../../src/authorization/decisions/limit-denials.js';

const denied = (...path: (string | number)[]): ResponseError => ({
  path,
  extensions: { code: 'FORBIDDEN', authorization: { coordinate: 'A.x' } },
});

describe('limitDenials', () => {
  it('keeps one denial for each place in the query', () => {
    const errors = [denied('a', 0, 'x'), denied('a', 1, 'x'), denied('a', 1, 'y')];
    expect(limitDenials(errors)).toEqual([errors[0], errors[2]]);
  });

  it('tells codes at one place apart', () => {
    const stepUp = { path: ['a', 1, 'x'], extensions: { code: 'INSUFFICIENT_CLAIMS', authorization: {} } };
    expect(limitDenials([denied('a', 0, 'x'), stepUp])).toHaveLength(2);
  });

  it('writes the place of a denied field once for all items of its lists', () => {
    const nodes = [{}];
    let written = 0;
    const errors = Array.from({ length: 50 }, (_, index) => ({
      nodes,
      get path() {
        written += 1;
        return ['a', index, 'x'];
      },
      extensions: { code: 'FORBIDDEN', authorization: {} },
    }));
    expect(limitDenials(errors)).toEqual([errors[0]]);
    written = 0;
    limitDenials(errors);
    expect(written).toBe(1);
  });

  it('keeps one denial for each place also where the types of an interface have nodes of their own', () => {
    const ofType = (at: number, code: string) => ({ ...denied('a', at, 'x'), nodes: [{ code }] });
    expect(limitDenials([ofType(0, 'Cat'), ofType(1, 'Dog'), ofType(2, 'Cat')])).toHaveLength(1);
  });

  it.each([1, 20])('keeps at most %i', (limit) => {
    const errors = Array.from({ length: limit + 1 }, (_, index) => denied(`a${index}`));
    expect(limitDenials(errors.slice(1), limit)).toHaveLength(limit);
    expect(limitDenials(errors, limit)).toHaveLength(limit);
  });

  it('keeps every other error', () => {
    const other = { path: ['a'], extensions: { code: 'SERVICE_UNAVAILABLE' } };
    expect(limitDenials([other, denied('a'), other, {}], 1)).toEqual([other, denied('a'), other, {}]);
  });

  it('keeps one of the denials without a path', () => {
    const { extensions } = denied();
    expect(limitDenials([{ extensions }, { extensions }])).toEqual([{ extensions }]);
  });
});
