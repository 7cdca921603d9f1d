import { createServer } from 'node:http';
import Fastify from 'fastify';
import { describe, expect, it } from 'vitest';
import { bearerTokenIn } from '../../../src/authentication/request/bearer-token.js';
import { readCredentials } from '../../../src/authentication/request/request-credentials.js';
import { refusedAtOnce } from '../../support/refusal.js';

const read = (request: object) => bearerTokenIn(readCredentials(request));
const address = 'http://localhost/graphql';

/** A request of each kind of server with these headers, several of one name included. */
const servers: Record<string, (headers: [string, string][], query?: string) => object> = {
  'Node, Express and a Next.js page': (headers, query = '') => ({
    rawHeaders: headers.flat(),
    url: `/graphql${query}`,
  }),
  Fastify: (headers, query = '') => ({
    headers: Object.fromEntries(headers),
    url: `/graphql${query}`,
    raw: { rawHeaders: headers.flat(), url: `/graphql${query}` },
  }),
  Koa: (headers, query = '') => ({
    headers: Object.fromEntries(headers),
    req: { rawHeaders: headers.flat(), url: `/graphql${query}` },
  }),
  'Fetch, Azure Functions and Next.js': (headers, query = '') => new Request(address + query, { headers }),
  'Headers of the Fetch standard': (headers) => new Headers(headers),
  'a Map': (headers) => ({ headers: new Map(headers) }),
  'AWS Lambda, event 1.0': (headers, query = '') => ({
    headers: Object.fromEntries(headers),
    multiValueHeaders: valuesByName(headers),
    queryStringParameters: query ? Object.fromEntries(new URLSearchParams(query)) : null,
    multiValueQueryStringParameters: null,
  }),
  'AWS Lambda, event 2.0': (headers, query = '') => ({
    headers: Object.fromEntries(new Headers(headers)),
    rawQueryString: query.slice(1),
  }),
  'an object of headers': (headers, query = '') => ({ headers: valuesByName(headers), url: `/graphql${query}` }),
  'Apollo Server': (headers, query = '') => ({ headers: new Map(new Headers(headers)), search: query }),
};

function valuesByName(headers: readonly [string, string][]): Record<string, string[]> {
  const values: Record<string, string[]> = {};
  for (const [name, value] of headers) values[name] = [...(values[name] ?? []), value];
  return values;
}

describe.each(Object.entries(servers))('the request of %s', (server, requestWith) => {
  it.each(['Authorization', 'authorization', 'AUTHORIZATION'])('has its access token read from %s', (name) => {
    expect(
      read(
        requestWith([
          ['Host', 'api'],
          [name, 'Bearer abc'],
        ]),
      ),
    ).toBe('abc');
  });

  it('is one without a token when it has no such header', () => {
    expect(read(requestWith([['Host', 'api']]))).toBeUndefined();
  });

  it('is refused with two credentials', () => {
    const two = requestWith([
      ['Authorization', 'Bearer abc'],
      ['Authorization', 'Bearer def'],
    ]);
    // A Map has one value for each name, so there is nothing to refuse in it.
    const token = server === 'a Map' ? read(two) : refusedAtOnce(() => read(two));
    expect(token).toMatch(server === 'a Map' ? /^def$/ : /^AUTHORIZATION_HEADER_(REPEATED|MALFORMED)$/);
  });

  it('is refused with an access token in its address', () => {
    const withQuery = requestWith([['Authorization', 'Bearer abc']], '?access_token=abc');
    const hasAddress = readCredentials(withQuery).addresses.length > 0;
    expect(hasAddress ? refusedAtOnce(() => read(withQuery)) : 'no address').toBe(
      ['a Map', 'Headers of the Fetch standard'].includes(server) ? 'no address' : 'ACCESS_TOKEN_IN_URL',
    );
  });
});

describe('headers', () => {
  it('that differ in case are two headers', () => {
    const headers = { Authorization: 'Bearer abc', authorization: 'Bearer def' };
    expect(refusedAtOnce(() => read({ headers }))).toBe('AUTHORIZATION_HEADER_REPEATED');
  });

  it('that are undefined or null were not sent', () => {
    expect(read({ headers: { authorization: undefined, Authorization: null } })).toBeUndefined();
  });

  it('that are not a text are not a token', () => {
    expect(refusedAtOnce(() => read({ headers: { authorization: 7 } }))).toBe('AUTHORIZATION_SCHEME_UNSUPPORTED');
  });

  it('count where the list of received ones was never filled, as serverless-http leaves it', () => {
    const headers = { authorization: 'Bearer a.b.c' };
    expect(read({ rawHeaders: [], headers })).toBe('a.b.c');
    expect(read({ rawHeaders: [], headers: {} })).toBeUndefined();
    expect(read({ rawHeaders: [] })).toBeUndefined();
  });

  it('as Node received them count before those that a framework made of them', () => {
    const raw = { rawHeaders: ['Authorization', 'Bearer abc', 'Authorization', 'Bearer def'] };
    const request = { headers: { authorization: 'Bearer abc' }, raw };
    expect(refusedAtOnce(() => read(request))).toBe('AUTHORIZATION_HEADER_REPEATED');
  });
});

it.each([
  undefined,
  null,
  'Bearer abc',
  7,
  {},
  [],
  { headers: undefined },
  { headers: null },
  { headers: 'authorization: Bearer abc' },
  { headers: ['authorization', 'Bearer abc'] },
  { headers: [['authorization']] },
  { headers: new Set(['authorization: Bearer abc']) },
  { req: { raw: { raw: { raw: { headers: {} } } } } },
  { headers: {}, multiValueHeaders: 'authorization: Bearer abc' },
  { headers: {}, rawHeaders: 'authorization: Bearer abc' },
  { rawHeaders: [['Authorization', 'Bearer abc']] },
  {
    rawHeaders: [
      ['Authorization', 'Bearer abc'],
      ['Host', 'api'],
    ],
  },
  { rawHeaders: [], headers: 'authorization: Bearer abc' },
  { headers: () => ({ authorization: 'Bearer abc' }) },
  { headers: Promise.resolve({ authorization: 'Bearer abc' }) },
  { req: { headers: {} }, request: { headers: 'Bearer abc' } },
  { raw: undefined, headers: undefined, secret: 'x' },
  { rawHeaders: 'authorization' },
  { raw: {}, req: {} },
  { authorization: 'Bearer abc' },
])('a request without headers is a mistake of the server: %j', (request) => {
  expect(() => readCredentials(request)).toThrow(TypeError);
  expect(() => readCredentials(request)).toThrow(/cannot be read|can be read: expected .* Hono.*, not /);
});

it('a request without headers is named by its kind and members, and not by what they hold', () => {
  class Message {
    readonly body = 'Bearer abc';
  }
  expect(() => readCredentials(new Message())).toThrow(/, not an object of Message with the members "body"$/);
  expect(() => readCredentials('Bearer abc')).toThrow(/, not a value of type string$/);
  expect(() => readCredentials(null)).toThrow(/, not null$/);
  expect(() => readCredentials(Object.create(null))).toThrow(/, not an object of Object with no members$/);
});

describe('several places of one request that have headers', () => {
  const none: Record<string, object> = {
    rawHeaders: { rawHeaders: [] },
    'rawHeaders with others': { rawHeaders: ['Host', 'api'] },
    headers: { headers: {} },
    'headers with others': { headers: { host: 'api' } },
    'Headers of Fetch': { headers: new Headers() },
    multiValueHeaders: { multiValueHeaders: {} },
    'an event without headers': { headers: null, multiValueHeaders: null },
    'multiValueHeaders with others': { multiValueHeaders: { host: ['api'] } },
    raw: { raw: { rawHeaders: ['Host', 'api'], headers: {} } },
    req: { req: { headers: {} } },
    request: { request: new Request(address) },
    event: { event: { headers: {} } },
    ctx: { ctx: { headers: {} } },
    node: { node: { req: { rawHeaders: [] } } },
    c: { c: { req: { raw: new Request(address) } } },
  };
  const some = (value: string): Record<string, object> => ({
    rawHeaders: { rawHeaders: ['AUTHORIZATION', value] },
    headers: { headers: { authorization: value } },
    multiValueHeaders: { multiValueHeaders: { Authorization: [value] } },
    raw: { raw: { rawHeaders: ['Authorization', value] } },
    req: { req: { headers: { authorization: value } } },
    request: { request: new Request(address, { headers: { authorization: value } }) },
    event: { event: { multiValueHeaders: { authorization: [value] }, headers: null } },
    ctx: { ctx: { req: { headers: { authorization: value } } } },
    node: { node: { req: { rawHeaders: ['authorization', value] } } },
    c: { c: { req: { raw: new Request(address, { headers: { authorization: value } }) } } },
  });
  const pairs = Object.entries(none).flatMap(([empty, without]) =>
    Object.entries(some('Bearer abc'))
      .filter(([full, held]) => full !== empty && !Object.keys(held).some((name) => name in without))
      .map(([full, held]) => ({ empty, full, request: { ...without, ...held } })),
  );

  it.each(pairs)('have the access token read from $full beside $empty without it', ({ request }) => {
    expect(read(request)).toBe('abc');
  });

  const names = Object.keys(some(''));
  const twoPlaces = names.flatMap((one) => names.filter((other) => other > one).map((other) => ({ one, other })));

  it.each(twoPlaces)('count once when $one and $other say the same', ({ one, other }) => {
    const same = some('Bearer abc');
    expect(read({ ...same[one], ...same[other] })).toBe('abc');
  });

  it.each(twoPlaces)('are refused when $one and $other name different callers', ({ one, other }) => {
    const request = { ...some('Bearer abc')[one], ...some('Bearer def')[other] };
    expect(refusedAtOnce(() => read(request))).toBe('AUTHORIZATION_HEADER_REPEATED');
  });

  it('have an access token found in the address of any of them', () => {
    const request = { url: '/graphql', headers: {}, raw: { url: new URL('/graphql?access_token=abc', address) } };
    expect(refusedAtOnce(() => read(request))).toBe('ACCESS_TOKEN_IN_URL');
  });

  it('may refer to each other in a circle', () => {
    const req = { headers: { authorization: 'Bearer abc' } };
    const ctx = { req, request: { req, ctx: {} } };
    ctx.request.ctx = ctx;
    expect(read({ ctx })).toBe('abc');
  });

  it('are read although one member of the context throws, as the event of Hono does', () => {
    class Context {
      readonly req = { raw: new Request(address, { headers: { authorization: 'Bearer abc' } }) };
      get event(): never {
        throw new Error('This context has no FetchEvent');
      }
    }
    expect(read({ c: new Context() })).toBe('abc');
  });
});

describe('headers of unusual kinds', () => {
  const bearer = 'Bearer abc';
  class Hidden {
    readonly #token = bearer;
    authorization(): string {
      return this.#token;
    }
  }
  class Getter {
    readonly host = 'api';
    get authorization(): string {
      return bearer;
    }
  }
  class Getting {
    get(name: string): string | null {
      return name === 'authorization' ? bearer : null;
    }
  }
  function* once() {
    yield ['authorization', bearer];
  }

  it.each<[string, object]>([
    ['a list of pairs', [['Authorization', bearer]]],
    ['a Set of pairs', new Set([['authorization', bearer]])],
    ['members that they inherit', Object.create({ authorization: bearer })],
    ['a getter of a class', new Getter()],
    ['get that knows one case only', { get: (name: string) => (name === 'Authorization' ? bearer : undefined) }],
    ['get of a class', new Getting()],
    [
      'a Proxy that shows no members',
      new Proxy({}, { get: (_target, name) => (name === 'authorization' ? bearer : undefined) }),
    ],
    ['get without an iterator', { get: (name: string) => (name === 'authorization' ? bearer : null) }],
    ['an iterator of pairs', { [Symbol.iterator]: once }],
  ])('are read: %s', (_kind, headers) => {
    expect(read({ headers })).toBe('abc');
    expect(read({ headers })).toBe('abc');
  });

  it.each<[string, object]>([
    ['a generator, which is empty when it is read again', once()],
    ['an object of a class that shows no members', new Hidden()],
    ['a Set of texts', new Set([bearer])],
  ])('are an error and not an anonymous request: %s', (_kind, headers) => {
    expect(() => readCredentials({ headers })).toThrow(/headers of the request cannot be read/);
  });

  it.each<[string, object]>([
    ['the context of Koa', { request: { headers: { authorization: bearer } } }],
    ['that of Hapi', { headers: undefined, raw: { req: { rawHeaders: ['Authorization', bearer] } } }],
    ['the context of Hono', { req: { raw: new Request(address, { headers: { authorization: bearer } }) } }],
  ])('are found in %s', (_server, request) => {
    expect(read(request)).toBe('abc');
  });
});

describe('over HTTP, two Authorization headers are refused', () => {
  const twice = new Headers([
    ['authorization', 'Bearer abc'],
    ['authorization', 'Bearer def'],
  ]);

  it('in the request that Fastify gives', async () => {
    const fastify = Fastify();
    fastify.get('/', async (request) => ({ token: refusedAtOnce(() => read(request)) }));
    const url = await fastify.listen({ port: 0, host: '127.0.0.1' });
    const answer = await fetch(url, { headers: twice });
    expect(await answer.json()).toEqual({ token: expect.stringMatching(/^AUTHORIZATION_HEADER_/) });
    await fastify.close();
  });

  it('in the request that Node gives', async () => {
    const server = createServer((request, response) => response.end(refusedAtOnce(() => read(request))));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = Object(server.address());
    const answer = await fetch(`http://127.0.0.1:${port}`, { headers: twice });
    expect(await answer.text()).toMatch(/^AUTHORIZATION_HEADER_/);
    await new Promise((resolve) => server.close(resolve));
  });
});
