import { describe, expect, it } from 'vitest';
import { createEventTurns } from '../../../src/graphql/websocket/event-turns.js';

const loopTurn = () => new Promise((resolve) => setImmediate(resolve));

describe('turns of answers to events', () => {
  it('begin one answer in each turn of the event loop, in order', async () => {
    const takeTurn = createEventTurns();
    const begun: number[] = [];
    for (const number of [1, 2, 3]) void takeTurn().then(() => begun.push(number));
    const seen: number[] = [];
    for (let turn = 0; turn < 4; turn += 1) {
      await loopTurn();
      seen.push(begun.length);
    }
    expect(begun).toEqual([1, 2, 3]);
    expect(seen.filter((count, index) => count - (seen[index - 1] ?? 0) > 1)).toEqual([]);
  });

  it('go on after a pause', async () => {
    const takeTurn = createEventTurns();
    await takeTurn();
    await loopTurn();
    await Promise.all([takeTurn(), takeTurn()]);
  });
});
