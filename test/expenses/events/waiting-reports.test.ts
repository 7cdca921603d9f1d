import { describe, expect, it } from 'vitest';
import { createWaitingReports } from '../../../src/expenses/events/waiting-reports.js';

const create = (limit = 10) => createWaitingReports(limit, () => new Error('overflow'));

describe('waiting reports', () => {
  it('are taken in the order in which they came', async () => {
    const waiting = create();
    waiting.add('a');
    waiting.add('b');
    expect([await waiting.take(), await waiting.take()]).toEqual(['a', 'b']);
  });

  it('wait once, however often they change', async () => {
    const waiting = create();
    for (const id of ['a', 'b', 'a']) waiting.add(id);
    expect([await waiting.take(), await waiting.take()]).toEqual(['a', 'b']);
    waiting.end();
    expect(await waiting.take()).toBeUndefined();
  });

  it('wait again when they change after they were taken', async () => {
    const waiting = create();
    waiting.add('a');
    await waiting.take();
    waiting.add('a');
    expect(await waiting.take()).toBe('a');
  });

  it('wake who waits for them', async () => {
    const waiting = create();
    const taken = waiting.take();
    waiting.add('a');
    expect(await taken).toBe('a');
  });

  it('end for who waits', async () => {
    const waiting = create();
    const taken = waiting.take();
    waiting.end();
    expect(await taken).toBeUndefined();
  });

  it('fail for who waits, and for who comes later', async () => {
    const waiting = create();
    const taken = waiting.take();
    waiting.fail(new Error('lost'));
    await expect(taken).rejects.toThrow('lost');
    await expect(waiting.take()).rejects.toThrow('lost');
  });

  it('that came before a failure are not taken after it', async () => {
    const waiting = create();
    waiting.add('a');
    waiting.fail(new Error('lost'));
    await expect(waiting.take()).rejects.toThrow('lost');
  });

  it('do not come back after the end', async () => {
    const waiting = create();
    waiting.end();
    waiting.add('a');
    waiting.fail(new Error('lost'));
    expect(await waiting.take()).toBeUndefined();
  });

  it.each([
    [3, 'c'],
    [2, 'overflow'],
  ])('with room for %i', async (limit, outcome) => {
    const waiting = create(limit);
    for (const id of ['c', 'b', 'a']) waiting.add(id);
    expect(await waiting.take().catch(({ message }) => message)).toBe(outcome);
  });
});
