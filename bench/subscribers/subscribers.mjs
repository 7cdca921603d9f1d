import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { WebSocket } from '../../node_modules/ws/wrapper.mjs';

/** Fields of a change that subscribers ask for. `title` tells changes apart. */
export const FIELDS = 'id status title author { name }';

/** The last changes have this long to arrive. */
const LAST_MS = 60_000;
const OPENED_AT_ONCE = 50;

/**
 * Subscribers to changed reports, each on a WebSocket of its own, and changes for them.
 *
 * @param {{ url: string, sockets: number, tokens: readonly string[], tenantId: string, fields?: string, seeing?: number,
 *   query(text: string, values: readonly unknown[]): Promise<unknown> }} options `tokens` are used in turn. `seeing`: how many
 *   subscribers may see the changes. `query` runs a statement as superuser
 */
export function createSubscribers({ url, sockets, tokens, tenantId, query, fields = FIELDS, seeing = sockets }) {
  const told = { byTitle: new Map(), lost: 0, failed: 0 };
  const countOf = (title) => told.byTitle.get(title)?.count ?? 0;
  const text = `subscription { expenseReportChanged { ${fields} } }`;
  const onClose = () => {
    told.lost += 1;
  };
  const open = (token) => subscribe(url, { token, query: text, onEvent: note, onClose });

  /** Counts an event, by title, or its failure. */
  function note({ data, errors }) {
    if (errors) {
      told.failed += 1;
      return;
    }
    const { title } = data.expenseReportChanged;
    told.byTitle.set(title, { count: countOf(title) + 1, lastAt: performance.now() });
  }

  /** Changes one of the drafts. */
  async function change(number, title) {
    await query(
      `update expense_reports set title = $1 where id = (
         select id from expense_reports where status = 'DRAFT' and deleted_at is null and tenant_id = $2
         order by id offset $3 % (select count(*) from expense_reports
           where status = 'DRAFT' and deleted_at is null and tenant_id = $2) limit 1)`,
      [title, tenantId, number],
    );
  }

  return {
    told,
    async open() {
      for (let first = 0; first < sockets; first += OPENED_AT_ONCE) {
        const count = Math.min(OPENED_AT_ONCE, sockets - first);
        const opening = Array.from({ length: count }, (_, index) => open(tokens[(first + index) % tokens.length]));
        await Promise.all(opening);
      }
      // A subscription has no acknowledgement, so one change is made again until all have seen it.
      for (let attempt = 0; ; attempt += 1) {
        const title = `opened ${attempt}`;
        await change(0, title);
        for (let waited = 0; waited < 100 && countOf(title) < seeing; waited += 1) await delay(100);
        if (countOf(title) >= seeing) return;
        if (attempt === 60) throw new Error(`only ${countOf(title)} of ${seeing} are subscribed`);
      }
    },
    /** Makes changes at a steady rate a second, and waits until the last one has arrived. */
    async change(rate, seconds) {
      const made = [];
      const startedAt = performance.now();
      for (let number = 0; number < rate * seconds; number += 1) {
        await delay(startedAt + (number * 1000) / rate - performance.now());
        const title = `change ${number}`;
        made.push({ title, at: performance.now() });
        await change(number, title);
      }
      const endedAt = performance.now();
      const hasArrived = ({ title }) => countOf(title) >= seeing;
      while (!made.every(hasArrived) && performance.now() - endedAt < LAST_MS) await delay(50);
      return {
        made: made.length,
        /** Milliseconds until the last subscriber had a change, for each change that has reached all, from the least. */
        times: made
          .filter(hasArrived)
          .map(({ title, at }) => told.byTitle.get(title).lastAt - at)
          .sort((a, b) => a - b),
        events: made.reduce((sum, { title }) => sum + countOf(title), 0),
        backlogMs: performance.now() - endedAt,
        ms: performance.now() - startedAt,
      };
    },
  };
}

/** Resolves when the client has been let in and has sent its subscription. */
async function subscribe(url, { token, query, onEvent, onClose }) {
  const socket = new WebSocket(url, 'graphql-transport-ws');
  await once(socket, 'open');
  socket.on('close', onClose);
  const acknowledged = new Promise((resolve) => {
    socket.on('message', (text) => {
      const { type, payload } = JSON.parse(String(text));
      if (type === 'connection_ack') resolve();
      else if (type === 'ping') socket.send('{"type":"pong"}');
      else if (type === 'error') throw new Error(JSON.stringify(payload));
      else if (type === 'next') onEvent(payload);
    });
  });
  socket.send(JSON.stringify({ type: 'connection_init', payload: { authorization: `Bearer ${token}` } }));
  await acknowledged;
  socket.send(JSON.stringify({ id: '1', type: 'subscribe', payload: { query } }));
}
