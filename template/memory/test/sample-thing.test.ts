import { startTestApi, type TestApi } from 'entra-graphql/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { api } from '../src/api.js';

let server: TestApi;
beforeAll(async () => {
  server = await startTestApi(api);
}, 120_000);
afterAll(() => server?.close());

const TITLES = '{ sampleThings { title } }';

async function titlesOf(person: string): Promise<string[]> {
  const { data } = await server.query(person, TITLES);
  return data.sampleThings.map(({ title }: { title: string }) => title);
}

describe('sample things', () => {
  it('are created and renamed by their owner, and seen by no other user', async () => {
    const created = await server.query('nina', 'mutation { createSampleThing(title: "New") { id title } }');
    const rename = 'mutation ($id: ID!) { renameSampleThing(id: $id, title: "Renamed") { title } }';
    expect(created.errors).toBeUndefined();
    const { id } = created.data.createSampleThing;
    expect((await server.query('omar', rename, { id })).errors?.[0]?.extensions.code).toBe('FORBIDDEN');
    expect((await server.query('nina', rename, { id })).data.renameSampleThing).toEqual({ title: 'Renamed' });
    expect(await titlesOf('nina')).toEqual(['Renamed']);
    expect(await titlesOf('omar')).toEqual([]);
    expect(await titlesOf('ada')).toEqual(['Renamed']);
    expect(await titlesOf('nightly-job')).toEqual(['Renamed']);
  });

  it.each(['', 'x'.repeat(201)])('have no title "%s"', async (title) => {
    const { errors } = await server.query(
      'nina',
      'mutation ($title: String!) { createSampleThing(title: $title) { id } }',
      { title },
    );
    expect(errors?.[0]?.extensions.code).toBe('BAD_USER_INPUT');
  });

  it('need an access token', async () => {
    expect(await server.query(undefined, TITLES)).toMatchObject({ status: 401 });
  });
});
