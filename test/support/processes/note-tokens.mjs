// Loaded first by programs that a test starts. Appends the tokens of their requests to a file, for the scan of logs.
import { subscribe } from 'node:diagnostics_channel';
import { appendFileSync } from 'node:fs';

const noted = new Set();

function note(authorization) {
  if (typeof authorization !== 'string' || noted.has(authorization)) return;
  noted.add(authorization);
  appendFileSync(process.env.NOTED_TOKENS, `${authorization}\n`);
}

subscribe('http.server.request.start', ({ request }) => note(request.headers.authorization));
subscribe('http.client.request.start', ({ request }) => note(request.getHeader('authorization')));
