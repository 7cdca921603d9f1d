import { setTimeout as delay } from 'node:timers/promises';
import { subscribe } from '../subscribers/subscribers.mjs';

/** Personas that subscribe, and whether each may see the changes of the load, which are drafts of Erin. */
const WATCHERS = [
  ...['erin', 'erin', 'erin', 'ada', 'ada', 'ada', 'export-job', 'export-job'].map((signIn) => ({
    signIn,
    sees: true,
  })),
  ...['mia', 'finn', 'gus', 'gus'].map((signIn) => ({ signIn, sees: false })),
];
const QUERY = 'subscription { expenseReportChanged { title } }';
const LET_IN_MS = 10_000;
/** A client connects again after this time. */
const RETURN_MS = 500;
/** All have this long to hear of a first change, and then of the last ones. */
const LAST_MS = 60_000;

/**
 * Starts clients that subscribe while things break, and subscribe again whenever their subscription ends.
 *
 * A subscription has no acknowledgement, so a client relies on it from its first event on. It must get every later change. Otherwise
 * the subscription has to end with an error or a closed connection, so that the client knows that it must read again.
 *
 * @param {{ url: string, emulator: object }} cluster
 * @param {readonly { title: string, sentAt: number, storedAt?: number }[]} made changes of the load, which grows
 */
export function startWatchers({ url, emulator }, made) {
  const address = `${url.replace('http', 'ws')}/graphql`;
  const subscriptions = [];
  const sockets = new Set();
  const wrong = [];
  const ends = new Map();
  let isOver = false;

  const watch = async (watcher) => {
    while (!isOver) {
      try {
        await subscribeOnce(watcher);
      } catch (error) {
        count(`not let in: ${error.message}`);
      }
      await delay(RETURN_MS);
    }
  };
  /** Resolves when the subscription has ended. */
  async function subscribeOnce(watcher) {
    const subscription = { watcher, told: new Map(), endedAt: undefined };
    const token = await emulator.issueAccessToken(watcher.signIn);
    let end;
    const ended = new Promise((resolve) => {
      end = (reason) => {
        if (!isOver && subscription.endedAt === undefined) {
          subscription.endedAt = performance.now();
          count(reason);
        }
        resolve();
      };
    });
    const onEvent = ({ data, errors }) => {
      if (errors) end(errors[0].message);
      else note(subscription, data.expenseReportChanged.title);
    };
    const onClose = (code) => end(`closed with ${code}`);
    const signal = AbortSignal.timeout(LET_IN_MS);
    const socket = await subscribe(address, { token, query: QUERY, onEvent, onClose, signal });
    sockets.add(socket);
    subscriptions.push(subscription);
    if (!isOver) await ended;
    sockets.delete(socket);
    socket.terminate();
  }
  function note({ watcher, told }, title) {
    // Payments are not of the changes whose time is measured.
    if (!made.some((change) => change.title === title)) return;
    if (!watcher.sees) wrong.push(`${watcher.signIn} got ${title}, which it may not see`);
    else if (told.has(title)) wrong.push(`${watcher.signIn} got ${title} twice`);
    else told.set(title, performance.now());
  }
  function count(reason) {
    if (reason === 'ended without an error') wrong.push('a subscription ended without an error');
    if (!isOver) ends.set(reason, (ends.get(reason) ?? 0) + 1);
  }

  const watching = WATCHERS.map(watch);
  const seeing = WATCHERS.filter(({ sees }) => sees);
  /** Milliseconds until the last of those who see the changes has heard of one after this moment. */
  const toldAgainMs = (since) =>
    Math.max(
      ...seeing.map(
        (watcher) =>
          firstAfter(
            since,
            subscriptions.filter((one) => one.watcher === watcher),
          ) - since,
      ),
    );
  return {
    /** Resolves when each subscriber that may see the changes has got one. */
    async open() {
      const openedAt = performance.now();
      while (toldAgainMs(openedAt) === Number.POSITIVE_INFINITY) {
        if (performance.now() - openedAt > LAST_MS) throw new Error('subscribers get no changes');
        await delay(20);
      }
    },
    /** Ends the clients without waiting. */
    cancel() {
      isOver = true;
      for (const socket of sockets) socket.terminate();
    },
    /**
     * Ends the clients when they have heard of every change. Call it after the last change.
     *
     * @param {number} overAt when the fault was over
     */
    async stop(overAt) {
      const endsAt = performance.now() + LAST_MS;
      while (performance.now() < endsAt && judge(subscriptions, made).untold > 0) await delay(50);
      const judged = judge(subscriptions, made);
      this.cancel();
      await Promise.all(watching);
      return { ...judged, toldAgainMs: Math.round(toldAgainMs(overAt)), wrong, ends };
    },
  };
}

function firstAfter(since, subscriptions) {
  const times = subscriptions.flatMap(({ told }) => [...told.values()]).filter((time) => time > since);
  return Math.min(...times);
}

/**
 * Counts the changes that a subscriber relied on and that were missed silently (`untold`). `toldMs` is the longest time from the answer
 * that a change is stored until a subscriber heard of it or knew that it has to read again.
 */
function judge(subscriptions, made) {
  let events = 0;
  let untold = 0;
  let toldMs = 0;
  for (const { told, endedAt = Number.POSITIVE_INFINITY } of subscriptions) {
    events += told.size;
    const reliesFrom = Math.min(...told.values());
    for (const { title, sentAt, storedAt } of made) {
      if (storedAt === undefined || sentAt < reliesFrom || sentAt > endedAt) continue;
      const knewAt = Math.min(told.get(title) ?? Number.POSITIVE_INFINITY, endedAt);
      if (knewAt === Number.POSITIVE_INFINITY) untold += 1;
      else toldMs = Math.max(toldMs, Math.round(knewAt - storedAt));
    }
  }
  return { events, untold, toldMs };
}
