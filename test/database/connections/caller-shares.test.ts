import { setImmediate } from 'node:timers/promises';
import { expect, inject, it, onTestFinished } from 'vitest';
import { defaultLimits } from '../../../src/config/limits.js';
import { createConnections } from '../../../src/database/connections/connections.js';
import { callerOf } from '../../support/callers.js';

const { callerConnections, anonymousConnections } = defaultLimits;
const erin = callerOf('erin');

/** Opens connections and names the owner of each one that is taken, in the order of taking. */
function open(poolSize: number) {
  const connections = createConnections({ url: inject('postgres').superuserUrl, poolSize });
  onTestFinished(connections.close);
  const ending = new AbortController();
  const held: { readonly owner: string; readonly giveBack: () => void }[] = [];
  const take = async (owner: string) => {
    const lease = await connections.take(owner === 'erin' ? erin : undefined, ending.signal, owner);
    held.push({ owner, giveBack: () => lease.release(false) });
  };
  const waiting = new Set<Promise<void>>();
  onTestFinished(async () => {
    ending.abort(new Error('the test is over'));
    await Promise.allSettled(waiting);
    for (const { giveBack } of held.splice(0)) giveBack();
  });
  return {
    held,
    owners: () => held.map(({ owner }) => owner),
    take,
    /** Asks for one, which has to wait. */
    async wait(owner: string) {
      const before = held.length;
      waiting.add(take(owner));
      await setImmediate();
      expect(held).toHaveLength(before);
    },
  };
}

const first = '192.0.2.1';
const second = '192.0.2.2';

it('one address without a token has the connections of one caller, and another address the next', async () => {
  const { take, wait, owners } = open(10);
  for (let count = 0; count < callerConnections; count += 1) await take(first);
  await wait(first);
  await take(second);
  expect(owners().filter((owner) => owner === first)).toHaveLength(callerConnections);
});

it('all addresses without a token leave connections to verified callers, and each that is given back goes to the next', async () => {
  const { take, wait, held, owners } = open(10);
  for (let count = 0; count < anonymousConnections; count += 1) await take(`192.0.2.${count}`);
  await wait('192.0.2.250');
  for (let count = 0; count < callerConnections; count += 1) await take('erin');
  held.shift()?.giveBack();
  await expect.poll(owners).toContain('192.0.2.250');
});

it('all addresses without a token leave one connection of a small pool', async () => {
  const { take, wait } = open(3);
  for (const owner of [first, second]) await take(owner);
  await wait('192.0.2.3');
  await take('erin');
});
