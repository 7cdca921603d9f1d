import { describe, expect, it } from 'vitest';
import { createTurns } from '../../../src/graphql/websocket/operation-turns.js';

const loopTurn = () => new Promise((resolve) => setImmediate(resolve));

describe('turns', () => {
  it('begin one piece of work in each turn of the event loop, in order', async () => {
    const takeTurn = createTurns();
    const begun: number[] = [];
    for (const number of [1, 2, 3]) void takeTurn('ada').then(() => begun.push(number));
    const seen: number[] = [];
    for (let turn = 0; turn < 4; turn += 1) {
      await loopTurn();
      seen.push(begun.length);
    }
    expect(begun).toEqual([1, 2, 3]);
    expect(seen.filter((count, index) => count - (seen[index - 1] ?? 0) > 1)).toEqual([]);
  });

  it('go around among those who wait', async () => {
    const takeTurn = createTurns();
    const begun: string[] = [];
    const works = ['a1', 'a2', 'a3', 'b1', 'b2', 'c1'];
    await Promise.all(works.map((work) => takeTurn(work.charAt(0)).then(() => begun.push(work))));
    expect(begun).toEqual(['a1', 'b1', 'c1', 'a2', 'b2', 'a3']);
  });

  it('go on after a pause', async () => {
    const takeTurn = createTurns();
    await takeTurn('ada');
    await loopTurn();
    await Promise.all([takeTurn('ada'), takeTurn('ada')]);
  });
});
