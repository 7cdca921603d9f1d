import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, it } from 'vitest';
import { defineApi } from '../../src/api/define-api.js';
import { defineDevelopment } from '../../src/api/define-development.js';
import { startTestApi } from '../../src/testing/test-api.js';

it.each([
  ['has the name and version that it is given', { name: 'books-api', version: '2.1.0' }, 'books-api'],
  ['without a name has that of the package', {}, 'entra-graphql'],
])('an API %s', async (_what, named, name) => {
  const folder = await mkdtemp(join(tmpdir(), 'define-api-'));
  await writeFile(join(folder, 'books.graphql'), 'extend type Query { title: String @public }');
  const api = defineApi({
    ...named,
    schemaFolder: pathToFileURL(`${folder}/`),
    resources: [{ resolvers: { Query: { title: () => 'Emma' } } }],
    development: async () =>
      defineDevelopment({ resources: [{ people: [{ name: 'nina', scopes: ['Books.Read'] }], rows: {}, calls: [] }] }),
  });
  expect(api.name).toBe('name' in named ? name : undefined);
  const server = await startTestApi(api);
  const { data } = await server.query(undefined, '{ title serverInfo { name version } }');
  expect(data).toMatchObject({ title: 'Emma', serverInfo: { name, ...named } });
  await server.close();
  await rm(folder, { recursive: true });
});
