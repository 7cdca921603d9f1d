import { describe, expect, it } from 'vitest';
import { createTurns } from '../../src/http/turns.js';

const loopTurn = () => new Promise((resolve) => setImmediate(resolve));

/** Takes turns for pieces of work, each named by its holder and a number. */
function begin(works: readonly string[]) {
  const takeTurn = createTurns();
  const begun: string[] = [];
  const add = (work: string) => {
    const turn = takeTurn(work.charAt(0));
    if (turn) void turn.then(() => begun.push(work));
    else begun.push(work);
  };
  for (const work of works) add(work);
  return { begun, add };
}

describe('turns', () => {
  it('begin one piece of work in each turn of the event loop, in order', async () => {
    const works = ['a1', 'a2', 'a3', 'a4'];
    const { begun } = begin(works);
    const seen: string[][] = [];
    while (begun.length < works.length) {
      seen.push([...begun]);
      await loopTurn();
    }
    expect(seen).toEqual([['a1'], ['a1', 'a2'], ['a1', 'a2', 'a3']]);
    expect(begun).toEqual(works);
  });

  it('go around among those who wait', async () => {
    const { begun } = begin(['x1', 'a1', 'a2', 'a3', 'b1', 'b2', 'c1']);
    while (begun.length < 7) await loopTurn();
    expect(begun).toEqual(['x1', 'a1', 'b1', 'c1', 'a2', 'b2', 'a3']);
  });

  it('are taken by another holder before the later work of one that waits', async () => {
    const { begun, add } = begin(['a1', 'a2', 'a3', 'a4']);
    await loopTurn();
    add('b1');
    add('a5');
    while (begun.length < 6) await loopTurn();
    expect(begun).toEqual(['a1', 'a2', 'a3', 'b1', 'a4', 'a5']);
  });

  it('go on after a pause', async () => {
    const { begun, add } = begin(['a1', 'a2']);
    for (let turn = 0; turn < 4; turn += 1) await loopTurn();
    add('a3');
    expect(begun).toEqual(['a1', 'a2', 'a3']);
  });
});
