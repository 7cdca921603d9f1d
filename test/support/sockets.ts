import type { GraphQLFormattedError } from 'graphql';
import { type Client, type ClientOptions, createClient } from 'graphql-ws';
import { WebSocket } from 'ws';
import type { SignIn, TestApi } from './api.js';
import { noteTokens } from './vitest/log-scan.js';

/** How a WebSocket ended. */
export interface Closed {
  readonly code: number;
  readonly reason: string;
}

/** The answer of an operation or an event. */
export interface SocketAnswer {
  readonly extensions?: unknown;
  // biome-ignore lint/suspicious/noExplicitAny: tests read whatever JSON the server answers
  readonly data?: any;
  readonly errors?: readonly GraphQLFormattedError[] | undefined;
}

/** A client of graphql-ws, with a token in `connection_init`, and how its connections ended. */
export interface SocketClient extends Client {
  readonly closed: readonly Closed[];
  /** Returns the answer of an operation. Rejects with the list of errors if it was refused. */
  ask(query: string, more?: { operationName?: string; variables?: Record<string, unknown> }): Promise<SocketAnswer>;
}

/** @param token access token, or undefined for an anonymous client */
export function openClient(url: string, token: string | undefined, options: Partial<ClientOptions> = {}): SocketClient {
  const closed: Closed[] = [];
  noteTokens(token);
  const client = createClient({
    url,
    webSocketImpl: WebSocket,
    retryAttempts: 0,
    ...(token !== undefined && { connectionParams: { authorization: `Bearer ${token}` } }),
    on: { closed: (event) => closed.push(toClosed(event)) },
    ...options,
  });
  const ask: SocketClient['ask'] = async (query, more) => (await client.iterate({ query, ...more }).next()).value;
  return { ...client, closed, ask };
}

/** The token of a sign-in. */
export async function tokenOf({ emulator }: Pick<TestApi, 'emulator'>, signIn: SignIn): Promise<string | undefined> {
  if (signIn === undefined) return undefined;
  const [persona = '', authContext] = signIn.split('+');
  return emulator.issueAccessToken(persona, authContext ? { authContext } : {});
}

/** The address of an API's WebSockets; the port is opened on the first call. */
export async function socketUrl({ app }: Pick<TestApi, 'app'>): Promise<string> {
  if (!app.server.listening) await app.listen({ host: '127.0.0.1', port: 0 });
  return `${app.listeningOrigin.replace('http:', 'ws:')}/graphql`;
}

/** Subscribes, and resolves once nothing that changes can be missed. */
export async function subscribeTo(
  client: Client,
  { logs }: Pick<TestApi, 'logs'>,
  query: string,
  variables?: Record<string, unknown>,
): Promise<AsyncIterableIterator<SocketAnswer>> {
  const opened = () => logs.filter(({ msg }) => msg === 'subscription opened').length;
  const before = opened();
  const events = client.iterate<Record<string, unknown>>({ query, ...(variables && { variables }) });
  await until(() => opened() > before);
  return events;
}

/** A WebSocket that speaks for itself. */
export function openSocket(url: string, options: { headers?: Record<string, string>; protocol?: string } = {}) {
  const { headers = {}, protocol = 'graphql-transport-ws' } = options;
  const socket = new WebSocket(url, protocol, { headers });
  const messages: { type: string; id?: string; payload?: unknown }[] = [];
  socket.on('message', (text) => messages.push(JSON.parse(String(text))));
  socket.on('error', () => undefined);
  const opened = new Promise<number>((resolve) => {
    socket.once('open', () => resolve(101));
    socket.once('unexpected-response', (_request, { statusCode = 0 }) => resolve(statusCode));
  });
  const closed = new Promise<Closed>((resolve) => {
    socket.once('close', (code, reason) => resolve({ code, reason: String(reason) }));
  });
  return {
    socket,
    messages,
    /** Status of the answer to the handshake; 101 is success. */
    opened,
    closed,
    send: (message: object) => socket.send(JSON.stringify(message)),
    /** The next message of this type. */
    async received(type: string) {
      await until(() => messages.some((message) => message.type === type));
      return messages.find((message) => message.type === type);
    },
  };
}

/**
 * Connects as the client of an address behind the proxy.
 *
 * @param token access token, or undefined for an anonymous client
 * @returns the code of the close, or `accepted`
 */
export async function connectFrom(
  address: string,
  api: Pick<TestApi, 'app'>,
  token: string | undefined,
): Promise<number | 'accepted'> {
  const connection = openSocket(await socketUrl(api), { headers: { 'x-forwarded-for': address } });
  await connection.opened;
  connection.send({ type: 'connection_init', payload: token ? { authorization: `Bearer ${token}` } : {} });
  const acknowledged = connection.received('connection_ack').then(() => 'accepted' as const);
  const outcome = await Promise.race([acknowledged, connection.closed.then(({ code }) => code)]);
  connection.socket.terminate();
  return outcome;
}

/** Resolves when `condition` holds. Fails after a minute, which is long enough on a busy machine. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  const end = Date.now() + 60_000;
  while (!(await condition())) {
    if (Date.now() > end) throw new Error('It did not come to pass');
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** The codes that an operation was refused with; empty when it was not. */
export async function refusedWith(answer: Promise<unknown>): Promise<string[]> {
  try {
    await answer;
    return [];
  } catch (errors) {
    if (!Array.isArray(errors)) throw errors;
    return [...new Set(errors.map(({ extensions }) => extensions?.code))];
  }
}

function toClosed(event: unknown): Closed {
  const { code, reason } = Object(event);
  return { code: Number(code), reason: String(reason) };
}
