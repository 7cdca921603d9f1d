import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { defaultLimits } from '../../src/config/limits.js';
import { type Answer, outcome, type SignIn, startApi, type TestApi } from '../support/api.js';
import { tokenOf } from '../support/sockets.js';

// The ways in which an operation can come over HTTP: each passes the same decision. WebSockets: socket-gates.test.ts.

const CREATE = 'createExpenseReport(input: { title: "T", currency: "EUR", items: [] }) { expenseReport { title } }';
const RISKS = '{ expenseReports(first: 1) { nodes { riskScore } } }';

let api: TestApi;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.close());

const bearer = async (signIn: SignIn) => signIn && `Bearer ${await tokenOf(api, signIn)}`;

/** Anything in the body of a POST. */
async function post(signIn: SignIn, body: unknown): Promise<Answer> {
  return api.post(await bearer(signIn), body);
}

/** Anything in the address of a GET. */
async function get(signIn: SignIn, parameters: Record<string, string>): Promise<Answer> {
  const authorization = await bearer(signIn);
  const response = await api.app.inject({
    url: `/graphql?${new URLSearchParams(parameters)}`,
    headers: { 'apollo-require-preflight': '1', ...(authorization && { authorization }) },
  });
  return { status: response.statusCode, headers: response.headers, body: response.json() };
}

const persisted = (query: string) => ({
  persistedQuery: { version: 1, sha256Hash: createHash('sha256').update(query).digest('hex') },
});

async function reportCount(): Promise<number> {
  return (await api.query('erin', '{ expenseReports { totalCount } }')).body.data.expenseReports.totalCount;
}

/** The outcome of an operation that writes nothing. */
async function writingNothing(act: () => Promise<Answer>): Promise<string> {
  const before = await reportCount();
  const answer = await act();
  expect(await reportCount()).toBe(before);
  expect(answer.body).not.toHaveProperty('data');
  return outcome(answer);
}

describe('a token', () => {
  it.each([
    ['none', undefined, '200', '401 UNAUTHENTICATED'],
    ['bad', 'Bearer bad', '401 UNAUTHENTICATED', '401 UNAUTHENTICATED'],
    ['good', 'erin', '200', '200'],
  ])('%s: what is public answers %3$s, what is protected %4$s', async (_name, given, ofPublic, ofProtected) => {
    const authorization = given === 'erin' ? await bearer(given) : given;
    expect(outcome(await api.post(authorization, { query: '{ serverInfo { name } }' }))).toBe(ofPublic);
    expect(outcome(await api.post(authorization, { query: '{ me { kind } }' }))).toBe(ofProtected);
  });
});

describe('of a document that is not valid', () => {
  const TYPO = '{ serverInf { name } }';

  it('a client with a bad token learns nothing', async () => {
    expect(outcome(await api.post('Bearer bad', { query: TYPO }))).toBe('401 UNAUTHENTICATED');
    expect(outcome(await api.post('Bearer bad', { query: '{' }))).toBe('401 UNAUTHENTICATED');
  });

  it('a client without a token gets the reason', async () => {
    expect(outcome(await post(undefined, { query: TYPO }))).toBe('400 GRAPHQL_VALIDATION_FAILED');
  });
});

describe('a denial', () => {
  it('of some fields is HTTP 200, without a challenge', async () => {
    const answer = await api.query('erin', RISKS);
    expect(answer.status).toBe(200);
    expect(answer.headers).not.toHaveProperty('www-authenticate');
    expect(answer.body.data.expenseReports.nodes).toEqual([{ riskScore: null }]);
  });

  it.each([
    [undefined, '{ me { kind } }', 401, /^Bearer (?!.*error=)/],
    ['gus', `mutation { ${CREATE} }`, 403, /^Bearer error="insufficient_scope", scope="Expenses\.ReadWrite"/],
  ])(
    'of everything asked for by %s is refused with a challenge, and no data',
    async (signIn, query, status, challenge) => {
      const answer = await api.query(signIn, query);
      expect(answer.status).toBe(status);
      expect(answer.headers['www-authenticate']).toMatch(challenge);
      expect(answer.body).not.toHaveProperty('data');
    },
  );

  it('is of the caller, though the same document was answered another in full', async () => {
    for (const signIn of ['ada', 'erin', 'ada', 'erin'] as const) {
      const { status, headers, body } = await api.query(signIn, RISKS);
      expect([status, headers['cache-control']]).toEqual([200, 'no-store']);
      expect(typeof body.data.expenseReports.nodes[0].riskScore).toBe(signIn === 'ada' ? 'number' : 'object');
    }
  });
});

describe('of several operations the one that is named is judged and run', () => {
  const query = `query Open { serverInfo { name } } query Mine { me { kind } } mutation Write { ${CREATE} }`;

  it('in the body', async () => {
    expect(outcome(await post(undefined, { query, operationName: 'Open' }))).toBe('200');
    expect(outcome(await post(undefined, { query, operationName: 'Mine' }))).toBe('401 UNAUTHENTICATED');
    expect(await writingNothing(() => post('gus', { query, operationName: 'Write' }))).toBe('403 FORBIDDEN');
  });

  it('in the address', async () => {
    expect(outcome(await get(undefined, { query, operationName: 'Open' }))).toBe('200');
    expect(outcome(await get(undefined, { query, operationName: 'Mine' }))).toBe('401 UNAUTHENTICATED');
  });

  it.each([undefined, 'None', '__proto__'])('by the name %s none is', async (operationName) => {
    expect(await writingNothing(() => post('erin', { query, operationName }))).toBe('400 OPERATION_RESOLUTION_FAILURE');
  });

  it('and again with each name, when the document is known', async () => {
    for (const [operationName, expected] of [
      ['Open', '200'],
      ['Mine', '401 UNAUTHENTICATED'],
      ['Open', '200'],
      ['Mine', '401 UNAUTHENTICATED'],
    ]) {
      expect(outcome(await post(undefined, { query, operationName }))).toBe(expected);
    }
  });
});

describe('GET', () => {
  it('answers a query, with the same rules', async () => {
    expect(outcome(await get('erin', { query: '{ me { kind } }' }))).toBe('200');
    expect(outcome(await get(undefined, { query: '{ me { kind } }' }))).toBe('401 UNAUTHENTICATED');
    expect(outcome(await get('erin', { query: RISKS }))).toBe('200 FORBIDDEN');
  });

  it('counts a protected argument in its variables', async () => {
    const query = 'query ($id: ID) { expenseReports(authorId: $id) { totalCount } }';
    expect(outcome(await get('erin', { query, variables: '{"id": null}' }))).toBe('403 FORBIDDEN');
    expect(outcome(await get('erin', { query, variables: '{}' }))).toBe('200');
  });

  it.each(['erin', 'gus', undefined])('runs no mutation, for %s', async (signIn) => {
    const outcomes = await writingNothing(() => get(signIn, { query: `mutation { ${CREATE} }` }));
    expect(outcomes).toBe('405 BAD_REQUEST');
  });

  it('runs no mutation that stands beside a query either', async () => {
    const query = `query Open { serverInfo { name } } mutation Write { ${CREATE} }`;
    expect(await writingNothing(() => get('erin', { query, operationName: 'Write' }))).toBe('405 BAD_REQUEST');
  });
});

describe('a persisted query', () => {
  it('is not known before it was sent once', async () => {
    const answer = await post('erin', { extensions: persisted('{ me { tenantId } }') });
    expect(answer.body.errors?.[0]?.extensions.code).toBe('PERSISTED_QUERY_NOT_FOUND');
  });

  it('is not known by a hash that is not a text', async () => {
    const extensions = { persistedQuery: { version: 1, sha256Hash: { toString: 1 } } };
    expect(outcome(await post('erin', { extensions }))).toBe('200 PERSISTED_QUERY_NOT_FOUND');
    expect(outcome(await post('erin', { query: '{ me { kind } }', extensions }))).toBe('400 BAD_REQUEST');
  });

  it('registered by one caller is decided for the one who runs it', async () => {
    const query = `query Persisted ${RISKS}`;
    const extensions = persisted(query);
    expect(outcome(await post('ada', { query, extensions }))).toBe('200');
    expect(outcome(await post('ada', { extensions }))).toBe('200');
    const answer = await post('erin', { extensions });
    expect(outcome(answer)).toBe('200 FORBIDDEN');
    expect(answer.body.data.expenseReports.nodes).toEqual([{ riskScore: null }]);
    expect(outcome(await post(undefined, { extensions }))).toBe('401 UNAUTHENTICATED');
    expect(outcome(await api.post('Bearer bad', { extensions }))).toBe('401 UNAUTHENTICATED');
    expect(outcome(await get(undefined, { extensions: JSON.stringify(extensions) }))).toBe('401 UNAUTHENTICATED');
    expect(outcome(await get('ada', { extensions: JSON.stringify(extensions) }))).toBe('200');
  });

  it('registered by who may not run it is run by who may', async () => {
    const query = '{ me { kind clientId } }';
    const extensions = persisted(query);
    expect(outcome(await post(undefined, { query, extensions }))).toBe('401 UNAUTHENTICATED');
    expect(outcome(await post('erin', { extensions }))).toBe('200');
  });

  it('a mutation is not run by GET, nor for who may not', async () => {
    const query = `mutation Persisted { ${CREATE} }`;
    const extensions = persisted(query);
    expect(outcome(await post('erin', { query, extensions }))).toBe('200');
    const address = { extensions: JSON.stringify(extensions) };
    expect(await writingNothing(() => get('erin', address))).toBe('405 BAD_REQUEST');
    expect(await writingNothing(() => post('gus', { extensions }))).toBe('403 FORBIDDEN');
    expect(await writingNothing(() => post(undefined, { extensions }))).toBe('401 UNAUTHENTICATED');
  });

  it('is not taken under the hash of another', async () => {
    const answer = await post('erin', { query: '{ me { kind } }', extensions: persisted(RISKS) });
    expect(outcome(answer)).toBe('400 BAD_REQUEST');
    expect(api.logs.filter(({ msg }) => msg === 'a resolver failed')).toEqual([]);
  });
});

describe('a batch', () => {
  it('is refused as a whole, so that no operation of it can change what another is answered', async () => {
    const batch = [{ query: `mutation { ${CREATE} }` }, { query: '{ me { kind } }' }];
    expect(await writingNothing(() => post('erin', batch))).toBe('400 BAD_REQUEST');
  });
});

describe('@defer', () => {
  it('is not served, so that nothing can arrive after the token has expired', async () => {
    const answer = await api.post(
      await bearer('erin'),
      { query: '{ me { kind } ... @defer { serverInfo { name } } }' },
      { accept: 'multipart/mixed; deferSpec=20220824, application/json' },
    );
    expect(outcome(answer)).toBe('400 GRAPHQL_VALIDATION_FAILED');
  });
});

describe('me.may', () => {
  const may = (coordinates: readonly string[]) =>
    api.query('erin', 'query ($coordinates: [String!]!) { me { may(coordinates: $coordinates) } }', { coordinates });

  it('answers in the order in which it is asked, and false for what is not there', async () => {
    const coordinates = ['ExpenseReport.auditTrail', 'Mutation.createExpenseReport', 'Nothing.here', 'Query.me'];
    expect((await may(coordinates)).body.data.me.may).toEqual([false, true, false, true]);
  });

  it('takes a bounded number of coordinates', async () => {
    const { mayCoordinates } = defaultLimits;
    const many = (length: number) => Array.from({ length }, () => 'Query.me');
    expect((await may(many(mayCoordinates))).body.data.me.may).toHaveLength(mayCoordinates);
    const { errors } = (await may(many(mayCoordinates + 1))).body;
    expect(errors?.[0]?.extensions).toMatchObject({
      code: 'LIMIT_EXCEEDED',
      limit: { name: 'mayCoordinates', asked: mayCoordinates + 1 },
    });
  });
});
