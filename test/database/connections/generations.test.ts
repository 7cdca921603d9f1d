import type pg from 'pg';
import { beforeEach, expect, it, vi } from 'vitest';
import { createGenerations, type Generations } from '../../../src/database/connections/generations.js';

let generations: Generations;
let older: pg.PoolClient;
let newer: pg.PoolClient;
const giveUp = vi.fn<() => void>();

beforeEach(async () => {
  giveUp.mockReset();
  generations = createGenerations();
  const pool = { connect: async () => ({}) as pg.PoolClient } as pg.Pool;
  older = await generations.open(pool);
  generations.distrust();
  newer = await generations.open(pool);
});

const immediate = () => new Promise((resolve) => setImmediate(resolve));

it('a connection that waits is given up once when one that was made after a distrust is answered', async () => {
  generations.expectAnswer(older, giveUp);
  for (let time = 0; time < 2; time += 1) {
    generations.expectAnswer(newer, () => undefined)(true);
    await immediate();
  }
  expect(giveUp).toHaveBeenCalledTimes(1);
});

it('a connection is not given up for an answer on one of its age', async () => {
  generations.expectAnswer(newer, giveUp);
  generations.expectAnswer(newer, () => undefined)(true);
  await immediate();
  expect(giveUp).not.toHaveBeenCalled();
});

it('a connection is not given up when the newer one fails', async () => {
  generations.expectAnswer(older, giveUp);
  generations.expectAnswer(newer, () => undefined)(false);
  await immediate();
  expect(giveUp).not.toHaveBeenCalled();
});

it('a connection is not given up when its answer has arrived together with that of the newer one', async () => {
  const end = generations.expectAnswer(older, giveUp);
  generations.expectAnswer(newer, () => undefined)(true);
  end(true);
  await immediate();
  expect(giveUp).not.toHaveBeenCalled();
});
