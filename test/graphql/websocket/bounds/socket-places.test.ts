import { expect, it } from 'vitest';
import type { WebSocket } from 'ws';
import { createSocketPlaces } from '../../../../src/graphql/websocket/bounds/socket-places.js';

const places = () => createSocketPlaces({ openingSockets: 10, verifiedSockets: 1, anonymousSockets: 1 });
// Nothing of a connection is looked at.
const socket = () => ({}) as unknown as WebSocket;

it('an address that opens many connections takes no place of another', () => {
  const { open } = places();
  const others = [1, 2, 3].map((number) => {
    const one = socket();
    expect(open(one, `10.0.0.${number}`)).toBeUndefined();
    return one;
  });
  const evicted = Array.from({ length: 1_000 }, () => open(socket(), '10.9.9.9')).filter(Boolean);
  expect(evicted).toHaveLength(1_000 - 7);
  expect(evicted.filter((one) => one && others.includes(one))).toEqual([]);
});

it('a connection that is closed while it is opened gives its place back', () => {
  const { open, leave } = places();
  for (let time = 0; time < 100; time += 1) {
    const one = socket();
    expect(open(one, '10.0.0.1')).toBeUndefined();
    leave(one);
  }
});

it('a connection that was admitted gives its place back when it is closed', () => {
  const { open, admit, leave } = places();
  const [one, other] = [socket(), socket()];
  open(one, 'a');
  open(other, 'a');
  expect([admit(one, 'verified'), admit(other, 'verified')]).toEqual([true, false]);
  leave(one);
  expect(admit(other, 'verified')).toBe(true);
});
