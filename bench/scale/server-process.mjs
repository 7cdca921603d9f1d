// The sample's server in a process that is asked for more than its CPU time: its `memory` after a garbage collection, the `plans`
// that PostgreSQL has reported since the last question (see `plans.mjs`), or to `clean up` as it does every hour.
import { startCleanUp } from '../../dist/database/clean-up.js';
import { createConnections } from '../../dist/database/connections/connections.js';
import pg from '../../node_modules/pg/lib/index.js';
import { serveParent } from '../harness/child-process.mjs';
import { collectGarbage } from '../harness/collect-garbage.mjs';
import { startServer } from '../harness/start-server.mjs';

const { settings, environment } = JSON.parse(process.argv[2]);
let plans = [];
/** Connections with an open transaction. The plan of its last statement may come only when it ends. */
const open = new Set();

const connect = pg.Client.prototype.connect;
pg.Client.prototype.connect = function connectAndNote(...given) {
  this.on('notice', ({ message }) => plans.push(message));
  this.connection.on('readyForQuery', ({ status }) => (status === 'I' ? open.delete(this) : open.add(this)));
  this.on('end', () => open.delete(this));
  return connect.apply(this, given);
};

const ANSWERS = {
  memory() {
    collectGarbage();
    const { heapUsed, external, rss } = process.memoryUsage();
    return { heapBytes: heapUsed + external, residentBytes: rss };
  },
  async plans() {
    while (open.size > 0) await new Promise((resolve) => setTimeout(resolve, 1));
    const reported = plans;
    plans = [];
    return { plans: reported };
  },
  async 'clean up'() {
    const connections = createConnections({ url: environment.DATABASE_URL });
    const cleanUp = startCleanUp(connections, ['idempotency_keys']);
    await cleanUp.run();
    cleanUp.stop();
    await connections.close();
    return {};
  },
};

serveParent({ address: await startServer(settings, environment) }, (question) => ANSWERS[question]());
