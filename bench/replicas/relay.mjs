import { connect, createServer } from 'node:net';

/**
 * Starts a TCP relay on the way to PostgreSQL. It can lead to another server, as the address of a service does after a failover. It can
 * lose bytes as a network does: all of them, or the answers alone, without closing anything. And it can leave connections half-open, as a
 * firewall does that forgot them, or a host that ended without a word.
 *
 * @param {number} port of PostgreSQL
 */
export async function startRelay(port) {
  let target = port;
  let isSwallowing = false;
  let isMute = false;
  const pairs = new Set();
  const server = createServer((inside) => {
    const outside = connect(target, '127.0.0.1');
    const pair = { inside, outside, isHalfOpen: false };
    pairs.add(pair);
    const isLost = () => isSwallowing || pair.isHalfOpen;
    pass(inside, outside, isLost);
    pass(outside, inside, () => isMute || isLost());
    inside.on('close', () => pairs.delete(pair));
  });
  function pass(from, to, isLost) {
    // The close event follows.
    from.on('error', () => undefined);
    from.on('close', () => isLost() || to.destroy());
    from.on('data', (data) => isLost() || to.write(data));
  }
  function cut() {
    for (const { inside, outside } of pairs) {
      inside.destroy();
      outside.destroy();
    }
    pairs.clear();
  }
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: server.address().port,
    /** Passes nothing until `pass`. */
    swallow() {
      isSwallowing = true;
    },
    /** Passes what servers send, and nothing that PostgreSQL answers, until `pass`. */
    mute() {
      isMute = true;
    },
    /** Passes new connections. Those of before have lost bytes and end. */
    pass() {
      isSwallowing = false;
      isMute = false;
      cut();
    },
    /** Ends the connections of now for PostgreSQL alone. Servers learn nothing, and what they send there is lost. */
    leaveHalfOpen() {
      for (const pair of pairs) {
        pair.isHalfOpen = true;
        pair.outside.destroy();
      }
    },
    /** Leads new connections to another server, and ends the others. */
    leadTo(port) {
      target = port;
      cut();
    },
    async stop() {
      cut();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
