import { auditServer } from 'graphql-http';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startApi, type TestApi } from '../support/api.js';

let api: TestApi;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.close());

it("graphql-http's audit finds no error and no notice, and a few warnings", async () => {
  const address = await api.app.listen({ host: '127.0.0.1', port: 0 });
  const token = await api.emulator.issueAccessToken('erin');
  const fetchFn = (url: string, init: RequestInit = {}) => {
    const headers = new Headers(init.headers);
    headers.set('authorization', `Bearer ${token}`);
    return fetch(url, { ...init, headers });
  };
  const results = await auditServer({ url: `${address}/graphql`, fetchFn });
  const count = (status: string) => results.filter((result) => result.status === status).length;

  expect(results.filter(({ status }) => status === 'error')).toEqual([]);
  expect([count('ok'), count('notice'), count('warn')]).toEqual([58, 0, 3]);
});
