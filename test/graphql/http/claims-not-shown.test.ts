import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { trace } from '@opentelemetry/api';
import { InMemorySpanExporter, NodeTracerProvider, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-node';
import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createApp } from '../../../src/app.js';
import type { Caller } from '../../../src/authentication/caller.js';
import { loadTestConfig } from '../../support/config.js';
import { createKey, delegatedClaims, ids, signToken } from '../../support/tenant.js';

const SDL = `
  extend type Query {
    own: String @authenticated
    country: String @authenticated @policy(policies: [["fresh"]])
    fails: String @authenticated
    audited: String @requiresRoles(roles: [["Auditor"]])
  }
`;
/** Every text in the claims that no log may have begins with this. */
const MARK = 'marker';
const PERSONAL = {
  aio: `${MARK}-aio`,
  amr: [`${MARK}-amr`],
  ctry: `${MARK}-DE`,
  email: `${MARK}@example.com`,
  extn: { employeeid: [`${MARK}-employee`] },
  family_name: `${MARK}-family`,
  groups: [`${MARK}-group`],
  ipaddr: `${MARK}-address`,
  name: `${MARK}-name`,
  preferred_username: `${MARK}-user`,
  rh: `${MARK}-rh`,
  sub: `${MARK}-sub`,
  upn: `${MARK}-upn`,
};
const METRICS_TOKEN = 'a-token-for-metrics-of-this-test';

const key = createKey();
const logs: string[] = [];
const exporter = new InMemorySpanExporter();
const provider = new NodeTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
let authority: Server;
let instance: string;
let folder: string;
let app: FastifyInstance;

/** Answers with metadata and keys as the authority does. */
function answerOf(url = ''): object {
  const issuer = `${instance}/${ids.tenant}/v2.0`;
  return url.endsWith('/keys') ? { keys: [{ ...key.jwk, issuer }] } : { issuer, jwks_uri: `${instance}/keys` };
}

beforeAll(async () => {
  provider.register();
  authority = createServer((request, response) => response.end(JSON.stringify(answerOf(request.url))));
  await new Promise<void>((resolve) => authority.listen(0, '127.0.0.1', resolve));
  const bound = authority.address();
  instance = `http://127.0.0.1:${typeof bound === 'object' ? bound?.port : ''}`;
  folder = await mkdtemp(join(tmpdir(), 'entra-graphql-claims-'));
  await writeFile(join(folder, 'claims.graphql'), SDL);
  const environment = {
    ENTRA_TENANT_ID: ids.tenant,
    ENTRA_CLIENT_ID: ids.api,
    ENTRA_INSTANCE: instance,
    ENTRA_ACCEPT_V1_TOKENS: 'false',
    ENTRA_REQUIRED_CLAIMS: `ctry=${MARK}-DE|${MARK}-AT`,
    DATABASE_URL: 'postgres://nobody@127.0.0.1:9/none',
    METRICS_TOKEN,
    PORT: '0',
  };
  app = await createApp(loadTestConfig(environment), {
    logger: { level: 'trace', stream: { write: (line: string) => void logs.push(line) } },
    createResource: async () => ({
      welcomeDocument: '',
      schemaFolder: pathToFileURL(`${folder}/`),
      policies: {
        fresh: ({ caller }) => caller.claims.amr?.includes(`${MARK}-amr`) === true,
      },
      resolvers: {
        Query: {
          own: () => 'own',
          country: (_parent: unknown, _args: unknown, { caller }: { caller: Caller }) => caller.claims.ctry?.slice(-2),
          fails(_parent: unknown, _args: unknown, { caller }: { caller: Caller }) {
            throw Object.assign(new Error('failed'), { caller });
          },
          audited: () => 'audited',
        },
      },
      createContext: (caller: Caller | undefined) => ({ caller, dispose: async () => undefined }),
      ping: async () => undefined,
      close: async () => undefined,
    }),
  });
});
afterAll(async () => {
  await app.close();
  await provider.shutdown();
  trace.disable();
  await new Promise((resolve) => authority.close(resolve));
  await rm(folder, { recursive: true });
});

function tokenWith(changes: Record<string, unknown>): string {
  const nowSeconds = Math.floor(Date.now() / 1000);
  const times = { iat: nowSeconds, nbf: nowSeconds, exp: nowSeconds + 600 };
  const iss = `${instance}/${ids.tenant}/v2.0`;
  const claims = delegatedClaims({ ...PERSONAL, ...times, iss, ...changes });
  return signToken(key, { typ: 'JWT', alg: 'RS256', kid: key.kid }, claims);
}

async function ask(query: string, changes: Record<string, unknown> = {}) {
  const headers = { authorization: `Bearer ${tokenWith(changes)}`, 'content-type': 'application/json' };
  return app.inject({ method: 'POST', url: '/graphql', headers, payload: JSON.stringify({ query }) });
}

it('claims reach resolvers and policies, and neither logs, metrics, traces nor errors', async () => {
  const country = await ask('{ country }');
  expect(country.json()).toEqual({ data: { country: 'DE' } });
  const answers = [
    await ask('{ own fails }'),
    await ask('{ audited }'),
    await ask('{ own nothing }'),
    await ask('{ country own }', { amr: [`${MARK}-pwd`] }),
    await ask('{ own }', { ctry: `${MARK}-FR` }),
    await ask('{ own }', { aud: `${MARK} audience` }),
    await ask('{ own }', { exp: 1, iat: 1, nbf: 1 }),
    await ask('{ own }', { tid: ids.otherTenant }),
    await ask('{ own }', { roles: `${MARK}-role` }),
  ];
  expect(answers.map(({ statusCode }) => statusCode)).toEqual([200, 403, 400, 200, 401, 401, 401, 401, 401]);
  const metrics = await app.inject({ url: '/metrics', headers: { authorization: `Bearer ${METRICS_TOKEN}` } });
  expect(metrics.statusCode).toBe(200);
  const spans = exporter
    .getFinishedSpans()
    .map(({ name, attributes, events, status }) => ({ name, attributes, events, status }));
  expect([logs.length > 10, spans.length > 3]).toEqual([true, true]);
  for (const shown of [...logs, metrics.body, JSON.stringify(spans), ...answers.map(answerText)]) {
    expect(shown).not.toContain(MARK);
  }
});

function answerText({ body, headers }: { body: string; headers: object }): string {
  return body + JSON.stringify(headers);
}
