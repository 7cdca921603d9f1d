import { describe, expect, it } from 'vitest';
import { createTurns, type TurnHolder, type Turns } from '../../src/http/turns.js';

const loopTurn = () => new Promise((resolve) => setImmediate(resolve));

/** A verified caller, or an anonymous client if its name is in capital letters. */
const of = (name: string): TurnHolder => ({ name, isKnown: name !== name.toUpperCase() });

/**
 * Takes turns for pieces of work, each named by its holder and a number. By default they wait for something.
 *
 * @param options.steps parts of each piece of work, with a settled promise between them
 */
function begin(works: readonly string[], { waits = true, workMs = 0.4, steps = 1, sharesAll = false } = {}) {
  let ms = 0;
  const turns = createTurns({ now: () => ms, sharesAll });
  const begun: string[] = [];
  const run = async (work: string) => {
    begun.push(work);
    ms += workMs / steps;
    if (!waits) turns.share();
    for (let step = 1; step < steps; step += 1) {
      await undefined;
      ms += workMs / steps;
    }
  };
  const add = (work: string) => {
    const turn = turns.take(of(work.charAt(0)));
    if (turn) void turn.then(() => run(work));
    else void run(work);
  };
  for (const work of works) add(work);
  return { begun, add };
}

describe('turns', () => {
  it.each([
    ['one piece of work', {}, [1, 2, 3, 4, 5, 6]],
    ['work that ends at once for a millisecond', { waits: false }, [3, 6]],
    ['one piece of work that takes a millisecond', { waits: false, workMs: 1 }, [1, 2, 3, 4, 5, 6]],
    [
      'work of a millisecond where all of it shares, however many steps it takes',
      { sharesAll: true, steps: 8 },
      [1, 4, 6],
    ],
    [
      'one piece of work of a millisecond where all of it shares',
      { sharesAll: true, steps: 8, workMs: 1 },
      [1, 2, 3, 4, 5, 6],
    ],
  ])('of the event loop begin %s, in order', async (_name, options, counts) => {
    const works = ['a1', 'a2', 'a3', 'a4', 'a5', 'a6'];
    const { begun } = begin(works, options);
    const seen: number[] = [];
    for (let turn = 0; turn < counts.length; turn += 1) {
      seen.push(begun.length);
      await loopTurn();
    }
    expect(seen).toEqual(counts);
    expect(begun).toEqual(works);
  });

  it('leave what comes while others wait behind them', async () => {
    const { begun, add } = begin(['a1', 'a2'], { waits: false, workMs: 1 });
    add('b1');
    expect(begun).toEqual(['a1']);
    while (begun.length < 3) await loopTurn();
    expect(begun).toEqual(['a1', 'a2', 'b1']);
  });

  it('go around among those who wait', async () => {
    const { begun } = begin(['x1', 'a1', 'a2', 'a3', 'b1', 'b2', 'c1']);
    while (begun.length < 7) await loopTurn();
    expect(begun).toEqual(['x1', 'a1', 'b1', 'c1', 'a2', 'b2', 'a3']);
  });

  it('go to anonymous clients once for each round of the verified callers who wait', async () => {
    const { begun } = begin(['x1', 'A1', 'A2', 'B1', 'C1', 'a1', 'a2', 'b1', 'b2', 'b3']);
    while (begun.length < 10) await loopTurn();
    expect(begun).toEqual(['x1', 'a1', 'b1', 'A1', 'a2', 'B1', 'b2', 'C1', 'b3', 'A2']);
  });

  it('go from one anonymous client to the next, however much one of them sends', async () => {
    const { begun, add } = begin(['x1', 'A1', 'A2', 'A3', 'A4', 'B1']);
    await loopTurn();
    add('C1');
    while (begun.length < 7) await loopTurn();
    expect(begun).toEqual(['x1', 'A1', 'B1', 'A2', 'C1', 'A3', 'A4']);
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

  it.each([
    {
      name: 'begin more than one piece of work in a turn that hurries, for ten milliseconds',
      connects: false,
      first: 3,
    },
    { name: 'begin one piece of work in a turn that hurries, if clients go on to connect', connects: true, first: 1 },
  ])('$name', async ({ connects, first }) => {
    let ms = 0;
    const turns = createTurns({ now: () => ms });
    turns.take(of('x'));
    ms += 4;
    let begun = 0;
    const work = () => {
      begun += 1;
      ms += 4;
    };
    for (let index = 0; index < 20; index += 1) void turns.take(of('a'))?.then(work);
    turns.hurry();
    if (connects) {
      turns.noteConnection();
      await loopTurn();
      expect(begun).toBe(0);
      ms += 4;
      turns.noteConnection();
    }
    await loopTurn();
    expect(begun).toBe(first);
    await loopTurn();
    expect(begun).toBe(first + 1);
  });

  it('pass without work while connections come, for as long as the work before took', async () => {
    let ms = 0;
    const turns = createTurns({ now: () => ms });
    turns.take(of('x'));
    const begun: number[] = [];
    for (let index = 0; index < 4; index += 1) {
      void turns.take(of('a'))?.then(() => {
        begun.push(ms);
        ms += 10;
      });
    }
    // Each turn of the event loop takes one connection, in two milliseconds.
    for (let connection = 0; connection < 12; connection += 1) {
      ms += 2;
      turns.noteConnection();
      await loopTurn();
    }
    expect(begun).toEqual([4, 28]);
  });

  it('have the work of one connection after the other wait, so that all of them are taken', async () => {
    let ms = 0;
    const turns = createTurns({ now: () => ms });
    const work = () => {
      ms += 10;
    };
    const atOnce: boolean[] = [];
    for (let connection = 0; connection < 5; connection += 1) {
      turns.noteConnection();
      const turn = turns.take(of('a'));
      atOnce.push(turn === undefined);
      if (turn) void turn.then(work);
      else work();
      await loopTurn();
    }
    expect(atOnce).toEqual([true, false, false, false, false]);
  });
});

describe('the expected wait', () => {
  /** Pieces of work of ten milliseconds each, after enough of them to know that. */
  async function steady(): Promise<Turns> {
    let ms = 0;
    const turns = createTurns({ now: () => ms });
    turns.take(of('x'));
    ms += 10;
    let begun = 0;
    for (let index = 0; index < 200; index += 1) {
      void turns.take(of('x'))?.then(() => {
        begun += 1;
        ms += 10;
      });
    }
    while (begun < 200) await loopTurn();
    return turns;
  }

  it('is nothing while nothing waits', async () => {
    expect((await steady()).expectedMs(of('a'))).toBe(0);
  });

  it('is the time of the work that comes first: one piece of each other holder for each own piece', async () => {
    const turns = await steady();
    for (const [holder, pieces] of Object.entries({ a: 30, b: 1, c: 2 })) {
      for (let piece = 0; piece < pieces; piece += 1) void turns.take(of(holder));
    }
    const expected = (holder: string) => Math.round(turns.expectedMs(of(holder)));
    expect([expected('d'), expected('b'), expected('c'), expected('a')]).toEqual([30, 60, 90, 330]);
  });

  it('of a verified caller does not grow with the number of anonymous clients, and theirs does', async () => {
    const turns = await steady();
    for (const holder of ['A', 'A', 'B', 'C', 'D', 'a', 'b']) void turns.take(of(holder));
    const expected = (holder: string) => Math.round(turns.expectedMs(of(holder)));
    expect([expected('c'), expected('a'), expected('E'), expected('A')]).toEqual([30, 40, 60, 70]);
  });
});
