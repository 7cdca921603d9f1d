import { randomUUID } from 'node:crypto';
import { Agent, request } from 'node:http';
import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { createAuditedUses } from './audited-uses.mjs';

const CONNECTIONS = new Agent({ keepAlive: true });
/** A change is sent again for this long. */
const REPEAT_MS = 60_000;
/** Much sooner than `Retry-After` says. */
const FAILED_PAUSE_MS = 100;
/** Codes of a failure that the server reports itself. Everything else that is not the right answer is wrong. */
const FAILURES = new Set(['SERVICE_UNAVAILABLE', 'COMMIT_UNCERTAIN']);

const CREATE = `mutation ($title: String!, $key: String!) {
  createExpenseReport(input: { title: $title, currency: "EUR", idempotencyKey: $key,
    items: [{ description: "Taxi", category: TRAVEL, spentOn: "2026-01-05", minorUnits: 1200 }] }) {
    expenseReport { title }
  }
}`;

/** Reads with the check of their answers. `needsReports`: only the persona itself has some. */
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
    needsReports: true,
    isRight: ({ body }) => body.data?.expenseReports?.nodes[0]?.riskScore === null && codesOf(body).has('FORBIDDEN'),
  },
  {
    name: 'bad token',
    token: 'a.b.c',
    query: '{ me { objectId } }',
    isRight: ({ status }) => status === 401,
  },
  {
    name: 'forged token',
    makeToken: async (emulator) => forge(await emulator.issueAccessToken('ada')),
    query: '{ me { objectId } }',
    isRight: ({ status }) => status === 401,
  },
  {
    name: 'expired token',
    // Clocks may differ by five minutes.
    makeToken: (emulator) => emulator.issueAccessToken('ada', { expiresInSeconds: -900 }),
    query: '{ me { objectId } }',
    isRight: ({ status }) => status === 401,
  },
];

/**
 * Starts the load: loops that ask one after the other, one of them with changes. `made` are the changes so far: their titles, and by
 * `performance.now()` when each was sent first and when the answer came that it is stored.
 *
 * @param {{ url: string, emulator: object, database: object }} cluster
 */
export function startLoad(
  { url, emulator, database },
  { loops = 8, pauseMs = 100, changes = 2, isManyCallers = false } = {},
) {
  const figures = { requests: 0, failed: 0, publicFailed: 0, wrong: [], lastFailureAt: 0, failures: new Map() };
  const run = randomUUID();
  const made = [];
  const audited = createAuditedUses({ emulator, database });
  const times = [];
  const failureTimes = [];
  /** Each loop repeats one read with one token, which is that of its own caller. */
  const tokens = isManyCallers ? Array.from({ length: loops }, (_, loop) => issueOwn(emulator, loop)) : undefined;
  let isOver = false;

  const tokenOf = ({ signIn, token, makeToken }, loop) =>
    token ?? makeToken?.(emulator) ?? (signIn && (tokens?.[loop] ?? emulator.issueAccessToken(signIn)));
  const ask = async ({ name, query, variables, isRight, ...caller }, loop) => {
    const authorization = await tokenOf(caller, loop);
    const headers = headersOf(authorization, isManyCallers ? loop : undefined);
    figures.requests += 1;
    const askedAt = performance.now();
    const answer = await post(`${url}/graphql`, headers, { query, variables });
    const took = performance.now() - askedAt;
    if (!answer.failure && isRight(answer)) {
      times.push(took);
      return true;
    }
    failureTimes.push(took);
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
      const isAnswered = await ask(isManyCallers ? readOfAnybody(first) : READS[number % READS.length], first);
      await delay(isAnswered ? pauseMs : Math.max(pauseMs, FAILED_PAUSE_MS));
    }
  };
  const change = async () => {
    while (!isOver) {
      const title = `${run} ${made.length}`;
      const variables = { title, key: randomUUID() };
      const isRight = ({ body }) => body.data?.createExpenseReport?.expenseReport?.title === title;
      const request = { name: 'change', query: CREATE, variables, signIn: 'erin', isRight };
      const one = { title, sentAt: performance.now(), storedAt: undefined };
      made.push(one);
      while (one.storedAt === undefined && performance.now() - one.sentAt < REPEAT_MS) {
        if (await ask(request)) one.storedAt = performance.now();
        else await delay(pauseMs);
      }
      await delay(pauseMs);
    }
  };
  const readAudited = async () => {
    while (!isOver) {
      const { request, answered } = await audited.read();
      answered(await ask(request));
      await delay(pauseMs);
    }
  };
  const pay = async () => {
    for (const reportId of await audited.approved()) {
      if (isOver) return;
      const attempt = audited.payment(reportId);
      const until = performance.now() + REPEAT_MS;
      for (let isPaid = false; !isPaid && performance.now() < until; ) {
        const { request, answered } = await attempt();
        isPaid = await ask(request);
        answered(isPaid);
        await delay(pauseMs);
      }
    }
  };
  const running = [
    ...(changes > 0 ? [readAudited(), pay()] : []),
    ...Array.from({ length: changes }, change),
    ...Array.from({ length: loops }, (_, index) => readInTurn(index)),
  ];
  return {
    figures,
    made,
    /** Ends the load without waiting. */
    cancel() {
      isOver = true;
    },
    /** Ends the load, counts the rows of its changes, and compares the access record with what was asked. */
    async stop() {
      isOver = true;
      await Promise.all(running);
      const rows = await database.query('select title from expense_reports where title like $1', [`${run} %`]);
      const counts = new Map(made.map(({ title }) => [title, 0]));
      for (const { title } of rows) counts.set(title, (counts.get(title) ?? 0) + 1);
      const all = [...counts.values()];
      const record = await audited.check();
      return {
        ...figures,
        wrong: [...figures.wrong, ...record.wrong],
        audited: record.audited,
        /** Milliseconds of the requests that were answered. */
        times,
        failureTimes,
        changes: made.length + record.payments,
        lost: all.filter((count) => count === 0).length + record.lost,
        doubled: all.filter((count) => count > 1).length + record.doubled,
      };
    },
  };
}

/** @param loop number of the loop if it has its own address; the server distinguishes anonymous callers by address */
function headersOf(authorization, loop) {
  return {
    ...(authorization && { authorization: `Bearer ${authorization}` }),
    ...(loop !== undefined && { 'x-forwarded-for': `10.0.${loop >> 8}.${loop & 255}` }),
  };
}

function readOfAnybody(loop) {
  const reads = READS.filter(({ needsReports, makeToken }) => !needsReports && !makeToken);
  return reads[loop % reads.length];
}

/** @returns the token with a wrong signature of the right length */
function forge(token) {
  const [header, payload, signature] = token.split('.');
  return `${header}.${payload}.${[...signature].reverse().join('')}`;
}

function issueOwn(emulator, loop) {
  const { signIn } = readOfAnybody(loop);
  return signIn && emulator.issueAccessToken(signIn, { claims: { oid: randomUUID() } });
}

/** @returns status and body, or the reason why the answer is missing */
async function post(address, headers, body) {
  try {
    const { status, text } = await send(address, headers, JSON.stringify(body));
    if (status >= 500 && !text.startsWith('{')) return { failure: `balancer ${status}` };
    return { status, body: JSON.parse(text) };
  } catch (error) {
    return { failure: String(error.code ?? error.name) };
  }
}

/** `fetch` takes more of the processor than the server does. */
function send(address, headers, body) {
  return new Promise((resolve, reject) => {
    const asked = request(address, {
      method: 'POST',
      agent: CONNECTIONS,
      headers: { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body), ...headers },
      signal: AbortSignal.timeout(40_000),
    });
    asked.on('error', reject);
    asked.on('response', (response) => {
      text(response).then((read) => resolve({ status: response.statusCode, text: read }), reject);
    });
    asked.end(body);
  });
}

/** @returns code and text of a failure that the server reports, undefined for a wrong answer */
function failureOf({ body: { errors = [] } }) {
  const failure = errors.find(({ extensions }) => FAILURES.has(extensions?.code));
  return failure && `${failure.extensions.code} (${failure.message.slice(0, 60)})`;
}

function codesOf({ errors = [] }) {
  return new Set(errors.map(({ extensions }) => extensions?.code));
}
