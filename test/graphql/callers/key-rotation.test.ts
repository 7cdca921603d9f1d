import { afterAll, beforeAll, expect, it } from 'vitest';
import { startApi, type TestApi } from '../../support/api.js';

let api: TestApi;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.close());

it('loses no request while the keys rotate under them', async () => {
  const address = await api.app.listen({ host: '127.0.0.1', port: 0 });
  const statuses: number[] = [];
  let rotating = true;
  const client = async () => {
    while (rotating) {
      const token = await api.emulator.issueAccessToken('erin');
      const response = await fetch(`${address}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
        body: JSON.stringify({ query: '{ me { objectId } }' }),
      });
      statuses.push(response.status);
      await response.arrayBuffer();
    }
  };
  const clients = [client(), client(), client()];
  const kids = new Set<string>();
  for (let rotation = 0; rotation < 3; rotation++) {
    await new Promise((resolve) => setTimeout(resolve, 300));
    await api.emulator.rotateKeys();
    const [header = ''] = (await api.emulator.issueAccessToken('erin')).split('.');
    kids.add(JSON.parse(Buffer.from(header, 'base64url').toString()).kid);
  }
  await new Promise((resolve) => setTimeout(resolve, 300));
  rotating = false;
  await Promise.all(clients);

  expect(kids.size).toBe(3);
  expect(statuses.length).toBeGreaterThan(20);
  expect(statuses.filter((status) => status !== 200)).toEqual([]);
});
