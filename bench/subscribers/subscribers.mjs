import { once, setMaxListeners } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { WebSocket } from '../../node_modules/ws/wrapper.mjs';

/** Fields of a change that subscribers ask for. `title` tells changes apart. */
export const FIELDS = 'id status title author { name }';

/** The last changes have this long to arrive. */
const LAST_MS = 60_000;
/** All sockets have this long to open, and then their first event has it, for each started thousand of them. */
const OPEN_MS = 60_000;
const OPENED_AT_ONCE = 50;

/**
 * Subscribers to changed reports, each on a WebSocket of its own, and changes for them.
 *
 * @param {{ url: string, sockets: number, tokens: readonly string[], tenantId: string, fields?: string, seeing?: number,
 *   query(text: string, values: readonly unknown[]): Promise<unknown> }} options `tokens` are used in turn. `seeing`: how many
 *   subscribers may see the changes. `query` runs a statement as superuser
 */
export function createSubscribers({ url, sockets, tokens, tenantId, query, fields = FIELDS, seeing = sockets }) {
  /** `reasons` counts close codes and errors. */
  const told = { byTitle: new Map(), lost: 0, failed: 0, reasons: new Map() };
  const openMs = OPEN_MS * Math.ceil(sockets / 1_000);
  const countOf = (title) => told.byTitle.get(title)?.count ?? 0;
  const text = `subscription { expenseReportChanged { ${fields} } }`;
  const giveReason = (reason) => told.reasons.set(reason, (told.reasons.get(reason) ?? 0) + 1);
  const onClose = (code, reason) => {
    told.lost += 1;
    giveReason(`closed with ${code} ${reason}`.trim());
  };
  const open = (token, signal) => subscribe(url, { token, query: text, onEvent: note, onClose, signal });

  /** Counts an event, by title, or its failure. */
  function note({ data, errors }) {
    if (errors) {
      told.failed += 1;
      giveReason(errors[0].message);
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

  /** @returns close codes and errors so far, with their counts */
  const why = () => [...told.reasons].map(([reason, count]) => `${count} ${reason}`).join(', ');

  async function openAll() {
    const signal = AbortSignal.timeout(openMs);
    setMaxListeners(2 * sockets, signal);
    let opened = 0;
    const openNext = async (token) => {
      try {
        await open(token, signal);
        opened += 1;
      } catch (error) {
        giveReason(error.message);
      }
    };
    for (let first = 0; first < sockets; first += OPENED_AT_ONCE) {
      const count = Math.min(OPENED_AT_ONCE, sockets - first);
      const opening = Array.from({ length: count }, (_, index) => openNext(tokens[(first + index) % tokens.length]));
      await Promise.all(opening);
    }
    if (opened < sockets) throw new Error(`only ${opened} of ${sockets} sockets are open: ${why()}`);
  }

  return {
    told,
    why,
    /** @throws {Error} if not all are open and have got a change in time */
    async open() {
      await openAll();
      // A subscription has no acknowledgement, so one change is made again until all have seen it.
      const openedAt = performance.now();
      for (let attempt = 0; ; attempt += 1) {
        const title = `opened ${attempt}`;
        await change(0, title);
        for (let waited = 0; waited < 100 && countOf(title) < seeing; waited += 1) await delay(100);
        if (countOf(title) >= seeing) return;
        if (performance.now() - openedAt > openMs) {
          throw new Error(`only ${countOf(title)} of ${seeing} subscribers got a change: ${why()}`);
        }
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

/**
 * Resolves with the socket when the client has been let in and has sent its subscription. `onEvent` gets `{ errors }` when the server
 * ends the subscription, whether it says why or not.
 *
 * @throws {Error} if the socket closes before, or the signal comes
 */
export async function subscribe(url, { token, query, onEvent, onClose, signal }) {
  const socket = new WebSocket(url, 'graphql-transport-ws');
  // The close event follows. Without a listener an error would end the process, and leave the servers behind.
  socket.on('error', () => {});
  try {
    await once(socket, 'open', { signal });
    socket.on('close', onClose);
    const acknowledged = new Promise((resolve, reject) => {
      socket.once('close', () => reject(new Error('not let in')));
      signal.addEventListener('abort', () => reject(new Error('no acknowledgement in time')), { once: true });
      socket.on('message', (text) => {
        const { type, payload } = JSON.parse(String(text));
        if (type === 'connection_ack') resolve();
        else if (type === 'ping') socket.send('{"type":"pong"}');
        else if (type === 'error') onEvent({ errors: payload });
        else if (type === 'complete') onEvent({ errors: [{ message: 'ended without an error' }] });
        else if (type === 'next') onEvent(payload);
      });
    });
    socket.send(JSON.stringify({ type: 'connection_init', payload: { authorization: `Bearer ${token}` } }));
    await acknowledged;
    socket.send(JSON.stringify({ id: '1', type: 'subscribe', payload: { query } }));
    return socket;
  } catch (error) {
    socket.terminate();
    throw error;
  }
}
