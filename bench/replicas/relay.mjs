import { connect, createServer } from 'node:net';

/**
 * Starts a TCP relay on the way to PostgreSQL. It can lead to another server, as the address of a service does after a failover,
 * and it can pass nothing and close nothing, as a network does that drops packets.
 *
 * @param {number} port of PostgreSQL
 */
export async function startRelay(port) {
  let target = port;
  let isSwallowing = false;
  const pairs = new Set();
  const server = createServer((inside) => {
    const outside = connect(target, '127.0.0.1');
    const pair = [inside, outside];
    pairs.add(pair);
    pass(inside, outside);
    pass(outside, inside);
    inside.on('close', () => pairs.delete(pair));
  });
  function pass(from, to) {
    from.on('error', () => to.destroy());
    from.on('close', () => isSwallowing || to.destroy());
    from.on('data', (data) => isSwallowing || to.write(data));
  }
  function cut() {
    for (const pair of pairs) for (const socket of pair) socket.destroy();
    pairs.clear();
  }
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: server.address().port,
    /** Passes nothing until `pass`. */
    swallow() {
      isSwallowing = true;
    },
    /** Passes new connections. Those of before have lost bytes and end. */
    pass() {
      isSwallowing = false;
      cut();
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
