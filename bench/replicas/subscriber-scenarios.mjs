import { randomUUID } from 'node:crypto';
import { emulatorSettings } from '../../dist/expenses/sample-data/emulator-settings.js';
import { createSubscribers } from '../subscribers/subscribers.mjs';

const SUBSCRIBERS = 1_000;

/** Many clients wait for changes. As `scenarios.mjs`. */
export const SUBSCRIBER_SCENARIOS = [
  {
    name: '1000 subscribers',
    about: '1 000 subscribers of 1 000 callers, and six changes a second for twenty seconds that all of them see',
    // A change of the load is an event for every subscriber too: twelve a second more than are measured.
    load: { changes: 0 },
    goals: { failed: 0, untold: 0, disturbed: 0, toldMs: 5_000, backlogMs: 1_000 },
    async run({ url, emulator, database }, _startMore, note) {
      const tokens = await Promise.all(
        Array.from({ length: SUBSCRIBERS }, () => emulator.issueAccessToken('ada', { claims: { oid: randomUUID() } })),
      );
      const subscribers = createSubscribers({
        url: `${url.replace('http', 'ws')}/graphql`,
        sockets: SUBSCRIBERS,
        tokens,
        tenantId: emulatorSettings.tenants[0].id,
        query: database.query,
      });
      await subscribers.open();
      const { made, times, events, backlogMs } = await subscribers.change(6, 20);
      note({
        events,
        // An event too many counts like one that is missing.
        untold: Math.abs(made * SUBSCRIBERS - events),
        disturbed: subscribers.told.lost + subscribers.told.failed,
        toldMs: Math.round(times.at(-1) ?? Number.POSITIVE_INFINITY),
        backlogMs: Math.round(backlogMs),
        why: subscribers.why(),
      });
      return performance.now();
    },
  },
];
