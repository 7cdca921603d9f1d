import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { composeServices } from '@apollo/composition';
import { ApolloServer } from '@apollo/server';
import { startStandaloneServer } from '@apollo/server/standalone';
import { buildSubgraphSchema } from '@apollo/subgraph';
import { parse } from 'graphql';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AccessTokenError } from '../../src/authentication/access-token-error.js';
import { type AuthorizationContext, createAuthorization } from '../../src/authorization/authorization.js';
import { protectApolloServer } from '../../src/graphql/apollo/protect-apollo-server.js';
import { directives, user } from '../authorization/harness.js';
import { outputOf, until } from '../support/command.js';

const packages = fileURLToPath(new URL('./gateways/', import.meta.url));
const LINK = 'extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key"])';
const typeDefs = parse(`
  ${LINK}
  type Query @authenticated { open: Int account: Account keeper: Int @requiresRoles(roles: [["Keeper"]]) }
  type Account @key(fields: "id") @requiresAuthContext(id: "c1") { id: ID! iban: String }
`);
/** The same types without rules, which are decided in the subgraph alone. */
const composed = parse(`
  ${LINK}
  type Query { open: Int account: Account keeper: Int }
  type Account @key(fields: "id") { id: ID! iban: String }
`);

/** A subgraph over HTTP, which knows its callers by the text of the token alone. */
async function startSubgraph() {
  const documents = [parse(directives), typeDefs];
  const schema = buildSubgraphSchema({
    typeDefs: documents,
    resolvers: { Query: { open: () => 1, account: () => ({ id: '1', iban: 'DE00' }) } },
  });
  const authorization = createAuthorization({ schema, typeDefs: documents });
  const authenticate = async ({ headers }: { readonly headers: { readonly authorization?: string } }) => {
    if (headers.authorization === 'Bearer bad') throw new AccessTokenError('TOKEN_EXPIRED');
    return headers.authorization === undefined ? undefined : { caller: user({ canStepUp: true }) };
  };
  const { plugins, validationRules, context } = protectApolloServer<AuthorizationContext>({
    authentication: { authenticate: authenticate as never },
    authorization,
  });
  const server = new ApolloServer<AuthorizationContext>({ schema: authorization.schema, plugins, validationRules });
  return { server, ...(await startStandaloneServer(server, { context, listen: { port: 0, host: '127.0.0.1' } })) };
}

/** npm leaves a copy of the lock file among the packages when it has installed all of them. Needs npm's registry once. */
async function installGateways(): Promise<void> {
  const installed = await stat(join(packages, 'node_modules', '.package-lock.json')).catch(() => undefined);
  const wanted = await stat(join(packages, 'package-lock.json'));
  if (installed && installed.mtimeMs >= wanted.mtimeMs) return;
  await promisify(execFile)('npm', ['ci', '--ignore-scripts', '--prefer-offline'], { cwd: packages });
}

let subgraph: Awaited<ReturnType<typeof startSubgraph>>;
let folder: string;
beforeAll(async () => {
  await installGateways();
  subgraph = await startSubgraph();
  folder = await mkdtemp(join(tmpdir(), 'entra-graphql-gateways-'));
  const { supergraphSdl = '' } = composeServices([{ name: 'accounts', url: subgraph.url, typeDefs: composed }]);
  await writeFile(join(folder, 'supergraph.graphql'), supergraphSdl);
}, 300_000);
afterAll(async () => {
  await subgraph?.server.stop();
  if (folder) await rm(folder, { recursive: true, force: true });
});

describe('Apollo Gateway', () => {
  let url: string;
  beforeAll(async () => {
    const script = [join(packages, 'apollo.mjs'), join(folder, 'supergraph.graphql')];
    const gateway = spawn(process.execPath, script, { cwd: packages, env: { PATH: process.env.PATH } });
    const exited = once(gateway, 'exit');
    const output = outputOf(gateway);
    const address = () => /^ready (\S+)$/m.exec(output())?.[1];
    await until(() => address() !== undefined, output);
    url = address() ?? '';
    return async () => {
      gateway.kill('SIGKILL');
      await exited;
    };
  });

  async function ask(query: string, authorization?: string) {
    const headers = { 'content-type': 'application/json', ...(authorization && { authorization }) };
    const answer = await fetch(url, { method: 'POST', headers, body: JSON.stringify({ query }) });
    const { data, errors = [] } = JSON.parse(await answer.text());
    return { data, told: errors.map(({ extensions }: { extensions: object }) => extensions) };
  }

  it('passes on what the subgraph grants', async () => {
    expect(await ask('{ open }', 'Bearer good')).toEqual({ data: { open: 1 }, told: [] });
  });

  it('passes on the claims and the code of a refusal for lack of a step-up', async () => {
    const { told } = await ask('{ account { iban } }', 'Bearer good');
    expect(told).toMatchObject([
      { code: 'INSUFFICIENT_CLAIMS', acr_values: 'c1', authorization: { coordinate: 'Query.account' } },
    ]);
    expect(Buffer.from(String(told[0].claims), 'base64').toString()).toContain('"c1"');
  });

  it('passes on the code of a refusal for lack of a role', async () => {
    const { told } = await ask('{ keeper }', 'Bearer good');
    expect(told).toMatchObject([{ code: 'FORBIDDEN', authorization: { coordinate: 'Query.keeper' } }]);
  });

  it('passes on the code of a refusal for lack of a token', async () => {
    const { told } = await ask('{ open }');
    expect(told).toMatchObject([{ code: 'UNAUTHENTICATED', authorization: { coordinate: 'Query.open' } }]);
  });

  it('passes on the code of a refusal for a bad token', async () => {
    const { data, told } = await ask('{ open }', 'Bearer bad');
    expect([data?.open ?? null, told[0]?.code]).toEqual([null, 'UNAUTHENTICATED']);
  });
});
