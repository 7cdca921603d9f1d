import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadConfig } from '../../../src/config/config.js';
import { readManifest } from '../../../src/graphql/documents/trusted-documents.js';
import { outcome, startApi, type TestApi } from '../../support/api.js';
import { TIMES_AGAIN } from '../../support/execution/ask-again.js';
import { openClient, socketUrl } from '../../support/sockets.js';

const KNOWN = 'query Me { me { kind } }';
const OTHER = 'query Me { me { kind  } }';
const REFUSED = '400 DOCUMENT_NOT_TRUSTED';
const hashOf = (text: string) => createHash('sha256').update(text).digest('hex');

let folder: string;
let file: string;
let api: TestApi;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'entra-graphql-documents-'));
  file = join(folder, 'persisted-documents.json');
  await writeFile(file, JSON.stringify({ [hashOf(KNOWN)]: KNOWN }));
  api = await startApi({ TRUSTED_DOCUMENTS: 'only', TRUSTED_DOCUMENTS_FILE: file });
});
afterAll(async () => {
  await api.close();
  await rm(folder, { recursive: true });
});

const post = async (body: object) => api.post(`Bearer ${await api.emulator.issueAccessToken('erin')}`, body);
async function get(parameters: Record<string, string>) {
  const { statusCode, body } = await api.app.inject({
    url: `/graphql?${new URLSearchParams(parameters)}`,
    headers: { authorization: `Bearer ${await api.emulator.issueAccessToken('erin')}` },
  });
  return outcome({ status: statusCode, headers: {}, body: JSON.parse(body) });
}

describe('TRUSTED_DOCUMENTS=only', () => {
  it('runs a document of the manifest, however often', async () => {
    for (let time = 0; time < TIMES_AGAIN; time += 1) expect(outcome(await post({ query: KNOWN }))).toBe('200');
  });

  it.each([
    ['documentId', { documentId: hashOf(KNOWN) }],
    ['documentId with its algorithm', { documentId: `sha256:${hashOf(KNOWN)}` }],
    ['a persisted query', { extensions: { persistedQuery: { version: 1, sha256Hash: hashOf(KNOWN) } } }],
  ])('runs it by its hash: %s', async (_what, body) => {
    const { body: answer } = await post(body);
    expect(answer).toEqual({ data: { me: { kind: 'DELEGATED' } } });
  });

  it.each([
    ['another text', { query: OTHER }],
    ['a text that does not parse', { query: '{' }],
    ['introspection', { query: '{ __schema { queryType { name } } }' }],
    ['another text with a known hash', { query: OTHER, documentId: hashOf(KNOWN) }],
    [
      'a persisted query that registers itself',
      { query: OTHER, extensions: { persistedQuery: { version: 1, sha256Hash: hashOf(OTHER) } } },
    ],
  ])('refuses %s', async (_what, body) => {
    expect(outcome(await post(body))).toBe(REFUSED);
  });

  it('does not run an unknown hash', async () => {
    expect(outcome(await post({ documentId: hashOf(OTHER) }))).toMatch(/^400 /);
    const persisted = { extensions: { persistedQuery: { version: 1, sha256Hash: hashOf(OTHER) } } };
    expect(outcome(await post(persisted))).toBe('200 PERSISTED_QUERY_NOT_FOUND');
  });

  it('holds for GET', async () => {
    expect(await get({ query: KNOWN })).toBe('200');
    expect(await get({ query: OTHER })).toBe(REFUSED);
  });

  it('holds over WebSocket', async () => {
    const client = openClient(await socketUrl(api), await api.emulator.issueAccessToken('erin'));
    expect(await client.ask(KNOWN)).toEqual({ data: { me: { kind: 'DELEGATED' } } });
    await expect(client.ask(OTHER)).rejects.toMatchObject([{ extensions: { code: 'DOCUMENT_NOT_TRUSTED' } }]);
    await client.dispose();
  });
});

it('TRUSTED_DOCUMENTS=log runs every document, and the log says which requests have another one', async () => {
  const logging = await startApi({ TRUSTED_DOCUMENTS: 'log', TRUSTED_DOCUMENTS_FILE: file });
  const reported = () => logging.logs.filter(({ msg }) => msg === 'this document is not in the manifest');
  expect(outcome(await logging.query('erin', KNOWN))).toBe('200');
  expect(reported()).toEqual([]);
  for (let time = 0; time < TIMES_AGAIN; time += 1) expect(outcome(await logging.query('erin', OTHER))).toBe('200');
  expect(reported()).toMatchObject(Array(TIMES_AGAIN).fill({ reqId: expect.any(String), oid: expect.any(String) }));
  await logging.close();
});

describe('the manifest', () => {
  it.each([
    ['no JSON', '{', /cannot be read as JSON/],
    ['a list', '["a"]', /must be a JSON object/],
    ['nothing', '{}', /must be a JSON object/],
    ['something else than texts', '{"a": 1}', /must be a JSON object/],
  ])('stops the start when it has %s', async (_what, text, message) => {
    const bad = join(folder, 'bad.json');
    await writeFile(bad, text);
    expect(() => readManifest(bad)).toThrow(message);
  });

  it('stops the start when it is not there', () => {
    expect(() => readManifest(join(folder, 'missing.json'))).toThrow(/cannot be read/);
  });

  it.each(['log', 'only'])('is needed with TRUSTED_DOCUMENTS=%s', (mode) => {
    expect(() =>
      loadConfig({ ...api.environment, TRUSTED_DOCUMENTS: mode, TRUSTED_DOCUMENTS_FILE: '' }, 'production'),
    ).toThrow(/TRUSTED_DOCUMENTS: .*TRUSTED_DOCUMENTS_FILE/);
  });
});
