import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';

/** A change is sent again for this long. */
const REPEAT_MS = 60_000;
/** Codes of a failure that the server reports itself. Everything else that is not the right answer is wrong. */
const FAILURES = new Set(['SERVICE_UNAVAILABLE', 'COMMIT_UNCERTAIN']);

const CREATE = `mutation ($title: String!, $key: String!) {
  createExpenseReport(input: { title: $title, currency: "EUR", idempotencyKey: $key,
    items: [{ description: "Taxi", category: TRAVEL, spentOn: "2026-01-05", minorUnits: 1200 }] }) {
    expenseReport { title }
  }
}`;

/** Reads with the check of their answers. `needs`: without the database the answer is a failure. */
const READS = [
  {
    name: 'public',
    query: '{ serverInfo { name } }',
    isRight: ({ status, body }) => status === 200 && typeof body.data?.serverInfo?.name === 'string',
  },
  {
    name: 'own reports',
    signIn: 'erin',
    query: '{ expenseReports(first: 5) { nodes { author { name } } } }',
    isRight: ({ status, body }) =>
      status === 200 && body.data?.expenseReports?.nodes.every(({ author }) => author.name === 'Erin Engel'),
  },
  {
    name: 'all reports',
    signIn: 'ada',
    query: '{ expenseReports(first: 5) { totalCount nodes { riskScore } } }',
    isRight: ({ body }) => body.data?.expenseReports?.nodes.length === 5 && body.data.expenseReports.totalCount > 100,
  },
  {
    name: 'no reports of a guest',
    signIn: 'gus',
    query: '{ expenseReports(first: 5) { totalCount } }',
    isRight: ({ status, body }) => status === 200 && body.data?.expenseReports?.totalCount === 0,
  },
  {
    name: 'denied field',
    signIn: 'erin',
    query: '{ expenseReports(first: 1) { nodes { riskScore } } }',
    isRight: ({ body }) => body.data?.expenseReports?.nodes[0]?.riskScore === null && codesOf(body).has('FORBIDDEN'),
  },
  {
    name: 'bad token',
    token: 'a.b.c',
    query: '{ me { objectId } }',
    isRight: ({ status }) => status === 401,
  },
];

/**
 * Starts the load: loops that ask one after the other, one of them with changes.
 *
 * @param {{ url: string, emulator: object, database: object }} cluster
 */
export function startLoad(
  { url, emulator, database },
  { loops = 8, pauseMs = 100, changes = 2, reusesTokens = false } = {},
) {
  const figures = { requests: 0, failed: 0, publicFailed: 0, wrong: [], lastFailureAt: 0, failures: new Map() };
  const run = randomUUID();
  const made = [];
  const times = [];
  const tokens = new Map();
  let isOver = false;

  /** Signed tokens, kept because signing one takes longer than answering a request. */
  const tokenOf = (signIn) => {
    const token = (reusesTokens && tokens.get(signIn)) || emulator.issueAccessToken(signIn);
    tokens.set(signIn, token);
    return token;
  };
  const ask = async ({ name, query, variables, signIn, token, isRight }) => {
    const authorization = token ?? (signIn && (await tokenOf(signIn)));
    figures.requests += 1;
    const askedAt = performance.now();
    const answer = await post(`${url}/graphql`, authorization, { query, variables });
    if (!answer.failure && isRight(answer)) {
      times.push(performance.now() - askedAt);
      return true;
    }
    const failure = answer.failure ?? failureOf(answer);
    if (!failure) figures.wrong.push(`${name}: ${answer.status} ${JSON.stringify(answer.body).slice(0, 200)}`);
    else {
      figures.failed += 1;
      if (name === 'public') figures.publicFailed += 1;
      figures.lastFailureAt = performance.now();
      figures.failures.set(failure, (figures.failures.get(failure) ?? 0) + 1);
    }
    return false;
  };
  const readInTurn = async (first) => {
    for (let number = first; !isOver; number += 1) {
      await ask(READS[number % READS.length]);
      await delay(pauseMs);
    }
  };
  const change = async () => {
    while (!isOver) {
      const title = `${run} ${made.length}`;
      const variables = { title, key: randomUUID() };
      const isRight = ({ body }) => body.data?.createExpenseReport?.expenseReport?.title === title;
      const request = { name: 'change', query: CREATE, variables, signIn: 'erin', isRight };
      made.push(title);
      for (const since = performance.now(); performance.now() - since < REPEAT_MS; await delay(pauseMs)) {
        if (await ask(request)) break;
      }
      await delay(pauseMs);
    }
  };
  const running = [
    ...Array.from({ length: changes }, change),
    ...Array.from({ length: loops }, (_, index) => readInTurn(index)),
  ];
  return {
    figures,
    /** Ends the load without waiting. */
    cancel() {
      isOver = true;
    },
    /** Ends the load and counts the rows of its changes. */
    async stop() {
      isOver = true;
      await Promise.all(running);
      const rows = await database.query('select title from expense_reports where title like $1', [`${run} %`]);
      const counts = new Map(made.map((title) => [title, 0]));
      for (const { title } of rows) counts.set(title, (counts.get(title) ?? 0) + 1);
      const all = [...counts.values()];
      times.sort((a, b) => a - b);
      return {
        ...figures,
        /** Times of the answered requests. */
        p99Ms: Math.round(times[Math.floor(times.length * 0.99)] ?? 0),
        changes: made.length,
        lost: all.filter((count) => count === 0).length,
        doubled: all.filter((count) => count > 1).length,
      };
    },
  };
}

/** @returns status and body, or the reason why the answer is missing */
async function post(address, token, body) {
  try {
    const response = await fetch(address, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...(token && { authorization: `Bearer ${token}` }) },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(40_000),
    });
    const text = await response.text();
    if (response.status >= 500 && !text.startsWith('{')) return { failure: `balancer ${response.status}` };
    return { status: response.status, body: JSON.parse(text) };
  } catch (error) {
    return { failure: String(error.cause?.code ?? error.name) };
  }
}

/** @returns code and text of a failure that the server reports, undefined for a wrong answer */
function failureOf({ body: { errors = [] } }) {
  const failure = errors.find(({ extensions }) => FAILURES.has(extensions?.code));
  return failure && `${failure.extensions.code} (${failure.message.slice(0, 60)})`;
}

function codesOf({ errors = [] }) {
  return new Set(errors.map(({ extensions }) => extensions?.code));
}
