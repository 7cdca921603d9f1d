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
import { type DocumentNode, parse } from 'graphql';
import { type AuthorizationContext, createAuthorization } from '../../src/authorization/authorization.js';
import { protectApolloServer } from '../../src/graphql/apollo/protect-apollo-server.js';
import { directives } from '../authorization/harness.js';
import { outputOf } from '../support/command.js';
import { createTenant, type FakeTenant } from '../support/tenant.js';

const LINK = 'extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key"])';
const typeDefs = parse(`
  ${LINK}
  type Query {
    open: Int @authenticated
    account: Account @authenticated
    keeper: Int @requiresRoles(roles: [["Keeper"]])
    free: Note @public
  }
  type Account @key(fields: "id") @requiresAuthContext(id: "c1") { id: ID! iban: String }
  type Note @key(fields: "id") @public { id: ID! text: String }
`);
/** The same types without rules, which are decided in the subgraph alone. */
const composed = parse(`
  ${LINK}
  type Query { open: Int account: Account keeper: Int free: Note }
  type Account @key(fields: "id") { id: ID! iban: String }
  type Note @key(fields: "id") { id: ID! text: String }
`);
/** A second subgraph, which refers to entities of the first one and protects nothing. */
const referring = parse(`
  ${LINK}
  type Query { referred: Note held: Account }
  type Note @key(fields: "id", resolvable: false) { id: ID! }
  type Account @key(fields: "id", resolvable: false) { id: ID! }
`);

/** A subgraph over HTTP, and the tenant whose tokens it takes. */
export interface Subgraph {
  readonly url: string;
  readonly tenant: FakeTenant;
  stop(): Promise<void>;
}

/** Starts a subgraph that an Apollo Server with `protectApolloServer` serves. */
export async function startSubgraph({ anonymousSdl = false } = {}): Promise<Subgraph> {
  const documents = [parse(directives), typeDefs];
  const schema = buildSubgraphSchema({
    typeDefs: documents,
    resolvers: {
      Query: { open: () => 1, account: () => ({ id: '1', iban: 'DE00' }), free: () => ({ id: '1', text: 'note 1' }) },
      Account: { __resolveReference: () => ({ id: '1', iban: 'DE00' }) },
      Note: { __resolveReference: ({ id }: { readonly id: string }) => ({ id, text: `note ${id}` }) },
    },
  });
  const authorization = createAuthorization({ schema, typeDefs: documents, anonymousSdl });
  const tenant = createTenant();
  const authentication = tenant.authentication();
  const { plugins, validationRules, context } = protectApolloServer<AuthorizationContext>({
    authentication,
    authorization,
    limits: { operationAliases: 3 },
  });
  const server = new ApolloServer<AuthorizationContext>({ schema: authorization.schema, plugins, validationRules });
  const { url } = await startStandaloneServer(server, { context, listen: { port: 0, host: '127.0.0.1' } });
  return { url, tenant, stop: () => server.stop() };
}

/** Starts a subgraph without protection that knows the keys of entities and nothing else of them. */
export async function startReferringSubgraph(): Promise<Pick<Subgraph, 'url' | 'stop'>> {
  const schema = buildSubgraphSchema({
    typeDefs: referring,
    resolvers: { Query: { referred: () => ({ id: '2' }), held: () => ({ id: '1' }) } },
  });
  const server = new ApolloServer({ schema });
  const { url } = await startStandaloneServer(server, { listen: { port: 0, host: '127.0.0.1' } });
  return { url, stop: () => server.stop() };
}

/** A gateway in a process of its own. */
export interface Gateway {
  readonly url: string;
  stop(): Promise<void>;
}

/** Installs the packages of a folder here and starts its script with these words. */
export async function startGateway(script: string, words: readonly string[]): Promise<Gateway> {
  const path = fileURLToPath(new URL(script, import.meta.url));
  const packages = join(path, '..');
  await install(packages);
  const gateway = spawn(process.execPath, [path, ...words], { cwd: packages, env: { PATH: process.env.PATH } });
  const exited = once(gateway, 'exit');
  const output = outputOf(gateway);
  const address = () => /^ready (\S+)$/m.exec(output())?.[1];
  const stop = async () => {
    gateway.kill('SIGKILL');
    await exited;
  };
  // A gateway loads hundreds of files, which takes as long as the machine is busy. The limit is that of the hook.
  const ready = new Promise<void>((resolve) => gateway.stdout.on('data', () => address() && resolve()));
  await Promise.race([ready, exited]);
  const url = address();
  if (url === undefined) throw new Error(`The gateway did not start: ${output()}`);
  return { url, stop };
}

/** Starts a gateway with the supergraph of both subgraphs in a file, which is the script's only word. */
export function startWithSupergraph(script: string, accounts: string, notes: string): Promise<Gateway> {
  return startWithSubgraphs(script, [
    { name: 'accounts', url: accounts, typeDefs: composed },
    { name: 'referring', url: notes, typeDefs: referring },
  ]);
}

/** A subgraph by the text that composition reads. */
export interface ComposedSubgraph {
  readonly name: string;
  readonly url: string;
  readonly typeDefs: DocumentNode;
}

/** Composes subgraphs and starts a gateway before them. */
export async function startWithSubgraphs(script: string, subgraphs: readonly ComposedSubgraph[]): Promise<Gateway> {
  const { supergraphSdl, errors } = composeServices([...subgraphs]);
  if (supergraphSdl === undefined) throw new Error(`The subgraphs do not compose: ${errors?.join('; ')}`);
  const folder = await mkdtemp(join(tmpdir(), 'entra-graphql-gateways-'));
  const file = join(folder, 'supergraph.graphql');
  await writeFile(file, supergraphSdl);
  try {
    return await startGateway(script, [file]);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** npm leaves a copy of the lock file among the packages when it has installed all of them. Needs npm's registry once. */
async function install(packages: string): Promise<void> {
  const installed = await stat(join(packages, 'node_modules', '.package-lock.json')).catch(() => undefined);
  const wanted = await stat(join(packages, 'package-lock.json'));
  if (installed && installed.mtimeMs >= wanted.mtimeMs) return;
  await promisify(execFile)('npm', ['ci', '--ignore-scripts', '--prefer-offline'], { cwd: packages });
}

/** An answer over HTTP, with what its errors say. */
export interface Answer {
  readonly data: unknown;
  readonly errors: readonly { readonly message: string; readonly extensions: Readonly<Record<string, unknown>> }[];
}

/** Asks a server. A token is sent as it is. */
export async function ask(url: string, query: string, token?: string, accept = 'application/json'): Promise<Answer> {
  const headers = {
    'content-type': 'application/json',
    accept,
    ...(token !== undefined && { authorization: `Bearer ${token}` }),
  };
  const answer = await fetch(url, { method: 'POST', headers, body: JSON.stringify({ query }) });
  const { data, errors = [] } = JSON.parse(await answer.text());
  return { data, errors };
}
