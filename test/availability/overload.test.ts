import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EVERY_SIGN_IN } from '../support/callers.js';
import { tokenOf, until } from '../support/sockets.js';
import { startTextServer, type TextServer } from '../support/text-server.js';

// Operations on WebSockets are not refused when the server is overloaded. Their number is bounded, and they take turns.

const BUSY_MS = 1;
/** More requests than are answered within the allowed wait. The wait is twice as long for verified callers. */
const FLOOD = 250;
const settings = { LIMIT_EVENT_LOOP_DELAY_MS: '60', LIMIT_CALLER_OPERATIONS: '1000' };

describe.each(['on', 'off'])('with GRAPHQL_COMPILED=%s', (compiled) => {
  let server: TextServer;
  beforeAll(async () => {
    server = await startTextServer({ ...settings, GRAPHQL_COMPILED: compiled });
    server.fields.busyMs = BUSY_MS;
  });
  afterAll(() => server.close());

  it('requests beyond the allowed wait get 503 with Retry-After, and other requests and probes are answered', async () => {
    for (const signIn of EVERY_SIGN_IN) {
      const token = await tokenOf(server, signIn);
      const ask = () =>
        server.app.inject({
          method: 'POST',
          url: '/graphql',
          headers: token ? { authorization: `Bearer ${token}` } : {},
          payload: { query: '{ rows(count: 0) { text(length: 1) } }' },
        });
      const statuses = new Set<number>();
      do {
        // A flood makes the event loop late, and on a busy machine the next flood would come before it is on time again.
        await until(async () => (await ask()).statusCode === 200);
        const asked = Array.from({ length: FLOOD }, ask);
        expect(await server.app.inject('/healthz')).toMatchObject({ statusCode: 200 });
        for (const answer of await Promise.all(asked)) {
          statuses.add(answer.statusCode);
          if (answer.statusCode !== 503) continue;
          expect(answer.headers['retry-after']).toMatch(/^\d+$/);
          expect(answer.json().errors[0].extensions).toMatchObject({
            code: 'SERVICE_UNAVAILABLE',
            limit: { name: 'eventLoopDelayMs' },
          });
        }
      } while (statuses.size < 2);
      expect([signIn, ...[...statuses].sort()]).toEqual([signIn, 200, 503]);
    }
  });
});
