import { expect, it } from 'vitest';
import { createColours } from '../../src/cli/terminal/colours.js';
import { createReadableLog } from '../../src/development/readable-log.js';

const ERIN = '0b1ec700-0000-4000-8000-000000000001';

function create() {
  const nameOf = (objectId: string) => (objectId === ERIN ? 'erin' : undefined);
  const read = createReadableLog({ colours: createColours(false), nameOf });
  return (fields: object) =>
    read(JSON.stringify({ level: 30, time: 0, pid: 1, hostname: 'h', ...fields })).replace(/^\d\d:\d\d:\d\d {2}/, '');
}

const request = { msg: 'request', reqId: 'r1', method: 'POST', path: '/graphql' };

it('a request is one line with status, time, caller and cost', () => {
  const answered = { ...request, oid: ERIN, status: 200, ms: 12.3, type: 'query', cost: 199, databaseMs: 4 };
  expect(create()(answered)).toBe('200  12.3 ms  erin  query  cost 199\n');
});

it('a request that is not GraphQL is named by its address', () => {
  expect(create()({ ...request, path: '/healthz', method: 'GET', status: 200, ms: 1 })).toBe(
    '200  1 ms  nobody  GET /healthz\n',
  );
});

it('a request with a refused token is one line, with the next step', () => {
  const write = create();
  const refused = {
    level: 40,
    msg: 'access token refused',
    reqId: 'r1',
    code: 'TOKEN_EXPIRED',
    hint: 'Get a new one.',
  };
  expect(write(refused)).toBe('refused  TOKEN_EXPIRED  Get a new one.\n');
  expect(write({ ...request, status: 401, ms: 9 })).toBe('');
  expect(write({ ...request, status: 401, ms: 9 })).toContain('401');
});

it('a refused request is one line that says what is missing', () => {
  const write = create();
  const denied = { 'Query.a': 'role R', 'Query.b': '' };
  expect(write({ level: 40, msg: 'fields denied', reqId: 'r1', oid: ERIN, denied })).toBe(
    'denied  erin  Query.a needs role R; Query.b\n',
  );
  expect(write({ ...request, status: 403, ms: 9, oid: ERIN, code: 'FORBIDDEN' })).toBe('');
});

it('a request that was denied in part keeps its line', () => {
  const write = create();
  write({ level: 40, msg: 'fields denied', reqId: 'r1', oid: ERIN, denied: { 'Query.a': 'role R' } });
  expect(write({ ...request, status: 200, ms: 9, oid: ERIN, type: 'query', code: 'FORBIDDEN' })).toBe(
    '200  9 ms  erin  query  FORBIDDEN\n',
  );
});

it('an anonymous request gets a hint where tokens are', () => {
  const denied = { 'Query.me': 'an access token' };
  expect(create()({ level: 40, msg: 'fields denied', reqId: 'r1', denied })).toBe(
    'denied  nobody  Query.me needs an access token: "npm run -s token" lists who has one\n',
  );
});

it('report mode says that nothing was denied', () => {
  const denied = { 'Query.a': 'role R' };
  expect(create()({ level: 40, msg: 'fields would have been denied', oid: ERIN, denied })).toBe(
    'would be denied  erin  Query.a needs role R\n',
  );
});

it('an operation over WebSocket has no status', () => {
  expect(create()({ msg: 'operation', oid: 'other', ms: 3, type: 'query' })).toBe('answered  3 ms  other  query\n');
});

it('other lines keep their words and fields, and errors their stack', () => {
  const write = create();
  expect(write({ msg: 'signing keys refreshed', version: '1.0', keys: 2 })).toBe(
    'signing keys refreshed  version 1.0, keys 2\n',
  );
  expect(write({ level: 50, msg: 'a resolver failed', err: { stack: 'Error: x\n    at y' } })).toBe(
    'a resolver failed\nError: x\n    at y\n',
  );
  expect(write({ level: 50, msg: 'a resolver failed', err: { stack: 'Error: x', hint: 'Do y.' } })).toBe(
    'a resolver failed\nError: x\nDo y.\n',
  );
});

it('the address is left to the screen of dev', () => {
  expect(create()({ msg: 'Server listening at http://127.0.0.1:4000' })).toBe('');
});

it('a line that is not JSON stays as it is', () => {
  const read = createReadableLog({ colours: createColours(false), nameOf: () => undefined });
  expect([read('3 lines were dropped\n'), read('7\n')]).toEqual(['3 lines were dropped\n', '7\n']);
});
