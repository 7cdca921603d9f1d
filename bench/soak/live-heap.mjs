import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { WebSocket } from '../../node_modules/ws/wrapper.mjs';

/**
 * Connects to the inspector of a Node process (`--inspect=127.0.0.1:<port>`).
 *
 * @param {number} port
 */
export async function openLiveHeap(port) {
  const address = await debuggerAddress(port);
  const socket = new WebSocket(address);
  await once(socket, 'open');
  let number = 0;
  const ask = (method) =>
    new Promise((resolve, reject) => {
      number += 1;
      const id = number;
      const onMessage = (text) => {
        const message = JSON.parse(String(text));
        if (message.id !== id) return;
        socket.off('message', onMessage);
        if (message.error) reject(new Error(message.error.message));
        else resolve(message.result);
      };
      socket.on('message', onMessage);
      socket.send(JSON.stringify({ id, method }));
    });
  return {
    /** Collects the garbage. Returns the bytes of what is alive. */
    async measure() {
      await ask('HeapProfiler.collectGarbage');
      return (await ask('Runtime.getHeapUsage')).usedSize;
    },
    close: () => socket.terminate(),
  };
}

async function debuggerAddress(port) {
  for (;;) {
    try {
      const [target] = await (await fetch(`http://127.0.0.1:${port}/json/list`)).json();
      return target.webSocketDebuggerUrl;
    } catch {
      await delay(100);
    }
  }
}
