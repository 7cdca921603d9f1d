import { fastify } from 'fastify';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createNotFoundPage, registerHomePage } from '../../src/explorer/home-page.js';
import { placesOf } from '../../src/explorer/places.js';
import { registerUnserved } from '../../src/http/answers/unserved-requests.js';

const app = fastify();
beforeAll(async () => {
  const places = [{ name: 'graphql', address: '/graphql', title: 'GraphQL', says: 'Queries <here>.' }];
  registerUnserved(app, { sendNotFound: createNotFoundPage('my <api>') });
  registerHomePage(app, { name: 'my <api>', url: 'https://api.example.com', places });
  await app.ready();
});
afterAll(() => app.close());

it('says to programs what is here', async () => {
  for (const accept of [undefined, '*/*', 'application/json']) {
    const answer = await app.inject({ url: '/', headers: accept === undefined ? {} : { accept } });
    expect(answer.json()).toEqual({ name: 'my <api>', graphql: 'https://api.example.com/graphql' });
  }
});

it('says it to browsers on a page that loads and runs nothing of others', async () => {
  const answer = await app.inject({ url: '/', headers: { accept: 'text/html,*/*;q=0.8' } });
  expect(answer.headers['content-type']).toBe('text/html; charset=utf-8');
  expect(answer.headers['content-security-policy']).toBe(
    "default-src 'none'; style-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'",
  );
  expect(answer.body).toContain('<a href="/graphql">GraphQL</a>');
  expect(answer.body).toContain('Queries &lt;here&gt;.');
});

it('leads a browser back from an address that does not exist, and gives programs an error', async () => {
  const visited = await app.inject({ url: '/nothing<here>', headers: { accept: 'text/html,*/*;q=0.8' } });
  expect([visited.statusCode, visited.headers['content-type']]).toEqual([404, 'text/html; charset=utf-8']);
  expect(visited.body).toContain('<title>Not found: my &lt;api&gt;</title>');
  expect(visited.body).toContain('<a href="/">');
  expect(visited.body).not.toContain('nothing');
  const called = await app.inject({ url: '/nothing' });
  expect([called.statusCode, called.json().errors[0].extensions.code]).toEqual([404, 'BAD_REQUEST']);
});

const names = (enabled: boolean, instance: string, metricsToken?: string) =>
  placesOf({
    explorer: { enabled, permissions: { enabled } },
    http: { metricsToken },
    authentication: { instance },
  }).map(({ name }) => name);

it('names what is open with these settings, and nothing else', () => {
  const always = ['graphql', 'protectedResourceMetadata', 'live', 'ready'];
  const microsoft = 'https://login.microsoftonline.com';
  expect(names(false, microsoft)).toEqual(always);
  expect(names(false, microsoft, 'secret')).toEqual([...always, 'metrics']);
  expect(names(true, 'http://127.0.0.1:4001')).toEqual([
    'graphql',
    'explorer',
    'permissions',
    'entraEmulator',
    ...always.slice(1),
  ]);
});
