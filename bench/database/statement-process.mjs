// The sample's server once more, in a process that notes what it sends to PostgreSQL. A question is one request; the
// answer is its statements in order, each with the microseconds from sending it to having its result, and how often the
// server waited for PostgreSQL. Noting costs time, so nothing else is measured here.
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
  const text = textOf(given[0]);
  if (text.startsWith('begin') && !serving.has(this)) {
    serving.add(this);
    // PostgreSQL is ready for the next query once for each round trip, however many statements went in it.
    this.connection.on('readyForQuery', () => {
      roundTrips += 1;
    });
  }
  const sent = performance.now();
  const answer = send.apply(this, given);
  if (!serving.has(this)) return answer;
  const noted = statements;
  // The pool's own queries have a callback and belong to no request.
  answer?.then(
    () => noted.push({ text: nameOf(text), microseconds: (performance.now() - sent) * 1000 }),
    () => {},
  );
  return answer;
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

function textOf(statement) {
  return String(typeof statement === 'string' ? statement : statement.text);
}

/** A statement by what it does: without columns, conditions and values. */
function nameOf(text) {
  const table = /\bfrom "(\w+)"/.exec(text)?.[1];
  if (table) return `${text.split(' ', 1)[0]} from ${table}`;
  return [...text.matchAll(/(?:^|;)\s*(select \w+|\w+)/g)].map(([, name]) => name).join('; ');
}
