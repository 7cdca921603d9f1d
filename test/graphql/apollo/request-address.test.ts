import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ApolloServer } from '@apollo/server';
import { expect, it } from 'vitest';
import type { TokenSource } from '../../../src/authentication/authentication.js';
import { type AuthorizationContext, createAuthorization } from '../../../src/authorization/authorization.js';
import { protectApolloServer } from '../../../src/graphql/apollo/protect-apollo-server.js';
import { schemaOf } from '../../authorization/harness.js';

/** Asks the context function, and gives what the tokens of this client are counted by. */
async function sourceOf(integration: unknown, clientAddress?: (integration: unknown) => string | undefined) {
  const asked: (TokenSource | undefined)[] = [];
  const authorization = createAuthorization({ schema: schemaOf('type Query { open: Int @public }') });
  const { plugins, context } = protectApolloServer({
    authentication: {
      authenticate: async (_request, from) => {
        asked.push(from);
        return undefined;
      },
    },
    authorization,
    ...(clientAddress && { clientAddress }),
  });
  const server = new ApolloServer<AuthorizationContext>({ schema: authorization.schema, plugins });
  await server.start();
  await context(integration).finally(() => server.stop());
  expect(asked).toHaveLength(1);
  return asked[0]?.source;
}

const headers = { 'x-forwarded-for': '198.51.100.9' };
const node = { rawHeaders: [], headers, socket: { remoteAddress: '192.0.2.1' } };

it.each([
  ['Node', { req: node }, '192.0.2.1'],
  ['Express', { req: { ...node, ip: '203.0.113.5' } }, '203.0.113.5'],
  ['Fastify', { ip: '203.0.113.5', headers, raw: node }, '203.0.113.5'],
  ['Koa', { ctx: { ip: '203.0.113.5', headers, req: node } }, '203.0.113.5'],
  ['H3', { event: { node: { req: node } } }, '192.0.2.1'],
  ['IPv4 in the form of IPv6', { req: { ...node, socket: { remoteAddress: '::ffff:192.0.2.1' } } }, '192.0.2.1'],
  ['IPv6, by its network', { req: { ...node, socket: { remoteAddress: '2001:db8::7' } } }, '2001:db8::/64'],
  ['a connection that is gone', { req: { ...node, socket: {} } }, undefined],
  ['the Fetch standard', { request: new Request('http://a.example', { headers }) }, undefined],
])('a client of %s is counted by its address, and never by a header', async (_server, integration, expected) => {
  expect(await sourceOf(integration)).toBe(expected);
});

it('a real request has the address of its connection', async () => {
  const sources: unknown[] = [];
  const server = createServer(async (req, res) => {
    sources.push(await sourceOf({ req }));
    res.end();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}`).finally(() => server.close());
  expect(sources).toEqual(['127.0.0.1']);
});

it.each([
  ['198.51.100.9', '198.51.100.9'],
  [' 198.51.100.9:443 ', '198.51.100.9'],
  ['not an address', undefined],
  [undefined, undefined],
])('`clientAddress` that returns %j has tokens counted by %j', async (address, expected) => {
  const integration = { req: node };
  const given: unknown[] = [];
  const source = await sourceOf(integration, (value) => {
    given.push(value);
    return address;
  });
  expect([source, given]).toEqual([expected, [integration]]);
});

it('`clientAddress` must be a function', () => {
  const authorization = createAuthorization({ schema: schemaOf('type Query { open: Int @public }') });
  const authentication = { authenticate: async () => undefined };
  const wrong = { authentication, authorization, clientAddress: 'x-forwarded-for' };
  expect(() => Reflect.apply(protectApolloServer, undefined, [wrong])).toThrow('clientAddress must be a function');
});
