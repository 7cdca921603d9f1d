// The sample's server once more, in a process that notes what it sends to PostgreSQL. A question is one request; the
// answer is what it sent in order, each with the microseconds until the result is there and its texts with their values, and how often PostgreSQL was sent
// something. The end of a transaction that reads is sent and not waited for. Noting costs time, so nothing else is measured here.
import pg from '../../node_modules/pg/lib/index.js';
import { serveParent } from '../harness/child-process.mjs';
import { startServer } from '../harness/start-server.mjs';

const { settings, environment } = JSON.parse(process.argv[2]);
let statements = [];
let roundTrips = 0;

const send = pg.Client.prototype.query;
/** Connections that serve requests. The others listen for changes, look whether the database is there, or cancel. */
const serving = new WeakSet();
pg.Client.prototype.query = function query(...given) {
  const sent = partsOf(given[0]);
  const text = sent.map((part) => part.text).join('; ');
  if (text.startsWith('begin') && !serving.has(this)) {
    serving.add(this);
    // PostgreSQL is ready for the next query once for each round trip, however many statements went in it.
    this.connection.on('readyForQuery', () => {
      roundTrips += 1;
    });
  }
  if (!serving.has(this)) return send.apply(this, given);
  const sentAt = performance.now();
  const noted = statements;
  const noting = (callback) => (error, result) => {
    noted.push({ text: nameOf(text), microseconds: (performance.now() - sentAt) * 1000, sent });
    callback(error, result);
  };
  // What opens a transaction has its callback within.
  const [statement, callback] = given;
  if (!callback) statement.callback = noting(statement.callback);
  return callback ? send.call(this, statement, noting(callback)) : send.call(this, statement);
};

const address = await startServer(settings, environment);

serveParent({ address }, async ({ body, token }) => {
  statements = [];
  roundTrips = 0;
  const response = await fetch(address, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
    body,
  });
  if (!response.ok) throw new Error(`answered ${response.status}`);
  await response.text();
  // The transaction may end after the answer has been sent.
  while (!statements.at(-1)?.text.match(/^(rollback|commit)/)) await new Promise((resolve) => setTimeout(resolve, 1));
  return { statements, roundTrips };
});

/** The statements that are sent together: what opens a transaction stands before its first one. */
function partsOf(statement) {
  if (typeof statement === 'string') return [{ text: statement }];
  return [...(statement.opening ?? []), statement].map(({ text, values }) => ({ text, values }));
}

/** A statement by what it does: without columns, conditions and values. */
function nameOf(text) {
  return text
    .split('; ')
    .map((statement) => {
      const table = /\bfrom "?(\w+)/.exec(statement)?.[1];
      const [name] = /^(select \w+|\w+)/.exec(statement.trim()) ?? ['?'];
      return table ? `${name.split(' ', 1)[0]} from ${table}` : name;
    })
    .join('; ');
}
