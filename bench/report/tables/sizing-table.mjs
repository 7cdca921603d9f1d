import { whole } from '../figures.mjs';
import { median } from '../statistics.mjs';

/** The contender that is this server as it comes. */
const OURS = 'g';

/** Returns the figures by which an operator plans servers, from the measured parts. */
export function sizingTable({ known, callers, database, scale }) {
  const figures = [
    ['known query, known token, 20 items from memory', known, requestFigure],
    ['token that was not seen before', callers, tokenFigure],
    ['page of 20 reports with authors from PostgreSQL', database, pageFigure],
    ['subscription', scale, subscriptionFigure],
  ];
  return {
    title: 'Processor time and memory of one process',
    head: ['', 'takes', 'run'],
    rows: figures
      .filter(([, run, figureOf]) => run && figureOf(run))
      .map(([what, run, figureOf]) => [what, figureOf(run), `${run.date.slice(0, 10)}, ${run.commit ?? 'no commit'}`]),
  };
}

function requestFigure(run) {
  const row = ofRequest(run, 'one', 20);
  return row && `${whole(median(row.cpu))} µs, ${whole(median(row.rate))} requests a second`;
}

function tokenFigure(run) {
  const [first, again] = ['new', 'many'].map((workload) => ofRequest(run, workload, 1));
  return first && again && `${whole(median(first.cpu.map((cpu, round) => cpu - again.cpu[round])))} µs more`;
}

/** Returns what a page over PostgreSQL takes, in the words in which a text cites it. */
export function pageFigure({ database: { rows } }) {
  const row = rows.find(({ server, load, n }) => server === OURS && load === 'full' && n === 20);
  const postgres = row?.postgresCpu ? ` and ${whole(median(row.postgresCpu))} µs of PostgreSQL` : '';
  return row && `${whole(median(row.cpu))} µs of the server${postgres}, ${whole(median(row.rate))} requests a second`;
}

/** Returns what a subscription takes, in the words in which a text cites it. */
export function subscriptionFigure({ scale: { subscriptions } }) {
  const memory = subscriptions['memory of the server for each (kB)'];
  const event = subscriptions['CPU of the server for each event (µs)'];
  return `${memory ?? '–'} kB of memory, and ${(event / 1000).toFixed(2)} ms of the server for each event`;
}

function ofRequest({ requests }, workload, n) {
  return requests.find((row) => row.contender === OURS && row.workload === workload && row.n === n);
}
