import { type IncomingMessage, request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import type { Fetch } from './bounded-fetch.js';

/**
 * A `fetch` that takes no notice of a proxy. The global one would do, but the first call of it loads a
 * second HTTP client of ten megabytes.
 */
export const directFetch: Fetch = (address, { headers, signal }) =>
  new Promise((resolve, reject) => {
    const request = address.startsWith('http:') ? requestHttp : requestHttps;
    request(address, { headers: { ...headers, 'accept-encoding': 'identity' }, signal })
      .on('error', reject)
      .once('response', (response) => {
        const { 'content-encoding': encoding = 'identity' } = response.headers;
        if (encoding === 'identity') return resolve(answerOf(response));
        response.destroy();
        reject(new Error(`content-encoding ${encoding}, which was not asked for`));
      })
      .end();
  });

function answerOf(response: IncomingMessage): Awaited<ReturnType<Fetch>> {
  return {
    status: Number(response.statusCode),
    headers: {
      get(name) {
        const value = response.headers[name.toLowerCase()];
        return typeof value === 'string' ? value : null;
      },
    },
    body: response,
  };
}
