import { innermostError, messageOf } from './innermost-error.js';

/**
 * What failed on a way through a proxy. `proxy-…`: the proxy could not be asked. `refused-…`: it was, and made no tunnel.
 * `tunnel-…`: it made one, and what came through was not the identity provider's answer. `proxy-unused`: the environment
 * names a proxy, and it was not used.
 */
export type ProxyFailure =
  | 'proxy-name'
  | 'proxy-unreachable'
  | 'proxy-closed'
  | 'proxy-not-tls'
  | 'proxy-untrusted'
  | 'proxy-not-http'
  | 'refused-login'
  | 'refused-host'
  | 'refused-gateway'
  | 'refused-page'
  | 'tunnel-not-tls'
  | 'tunnel-untrusted'
  | 'tunnel-closed'
  | 'tunnel-failed'
  | 'no-answer'
  | 'proxy-unused';

/** A document could not be had through a proxy. The message names the proxy by host and port, never its login. */
export class ProxyError extends Error {
  override readonly name = 'ProxyError';
  constructor(
    readonly failure: ProxyFailure,
    message: string,
    cause?: unknown,
  ) {
    super(message, { cause });
  }
}

type Kind = readonly [ProxyFailure, (proxy: string, message: string) => string];
type Kinds = { readonly known: readonly (readonly [RegExp, ...Kind])[]; readonly other: Kind };

const NOT_TLS = /wrong version number|packet length too long/;
const UNTRUSTED = /certificate|CERT_|ERR_TLS/;
const CLOSED = /ECONNRESET|EPIPE|UND_ERR_SOCKET/;

/** The first that fits counts; OpenSSL's own words on what is no TLS are of no use to anybody. */
const ON_THE_WAY_TO_IT: Kinds = {
  known: [
    [/ENOTFOUND|EAI_AGAIN/, 'proxy-name', (proxy, message) => `the name of ${proxy} cannot be looked up: ${message}`],
    [NOT_TLS, 'proxy-not-tls', (proxy) => `${proxy} speaks no TLS itself`],
    [UNTRUSTED, 'proxy-untrusted', (proxy, message) => `the certificate of ${proxy} itself is not trusted: ${message}`],
    [CLOSED, 'proxy-closed', (proxy) => `${proxy} closed the connection instead of an answer`],
    [
      /HTTPParserError/,
      'proxy-not-http',
      (proxy, message) => `${proxy} does not answer as an HTTP proxy does: ${message}`,
    ],
  ],
  other: ['proxy-unreachable', (proxy, message) => `there is no way to ${proxy}: ${message}`],
};
const BEYOND_IT: Kinds = {
  known: [
    [NOT_TLS, 'tunnel-not-tls', (proxy) => `${proxy} sends something else than TLS, such as a page of its own`],
    [
      UNTRUSTED,
      'tunnel-untrusted',
      (proxy, message) => `the certificate that comes through ${proxy}, perhaps its own, is not trusted: ${message}`,
    ],
    [
      CLOSED,
      'tunnel-closed',
      (proxy) => `the connection through ${proxy} was made, and closed before the answer was complete`,
    ],
  ],
  other: ['tunnel-failed', (proxy, message) => `through ${proxy}: ${message}`],
};

/** Nothing came back: no connection, no tunnel, or nothing of the identity provider's in it. */
export function unreachableProxy(proxy: URL, error: unknown): ProxyError {
  return classify(ON_THE_WAY_TO_IT, proxy, error);
}

/** The proxy was asked for a tunnel to `target` (host and port), and answered with another status than 200. */
export function refusedByProxy(proxy: URL, target: string, status: number): ProxyError {
  const name = nameOf(proxy);
  if (status === 407) return new ProxyError('refused-login', `${name} asks for another login (status 407)`);
  if (status >= 500) return new ProxyError('refused-gateway', `${name} cannot reach ${target} (status ${status})`);
  if (status >= 400)
    return new ProxyError('refused-host', `${name} refuses to connect to ${target} (status ${status})`);
  return new ProxyError('refused-page', `${name} answers in place of ${target} (status ${status})`);
}

/** What a request through the proxy failed with. */
export function failedThroughProxy(proxy: URL, error: unknown, signal: AbortSignal): ProxyError {
  const inner = innermostError(error, isProxyError);
  if (isProxyError(inner)) return inner;
  if (!signal.aborted) return classify(BEYOND_IT, proxy, error);
  return new ProxyError('no-answer', `no answer through ${nameOf(proxy)}: ${messageOf(signal.reason)}`, error);
}

/** Whether an error is a {@link ProxyError}. */
export function isProxyError(error: unknown): error is ProxyError {
  return error instanceof ProxyError;
}

function classify(kinds: Kinds, proxy: URL, error: unknown): ProxyError {
  const inner = innermostError(error);
  const message = messageOf(inner);
  const { name, code } = Object(inner);
  const text = `${name} ${code} ${message}`;
  const found = kinds.known.find(([pattern]) => pattern.test(text));
  const [failure, describe] = found ? [found[1], found[2]] : kinds.other;
  return new ProxyError(failure, describe(nameOf(proxy), message), error);
}

function nameOf({ protocol, hostname, port }: URL): string {
  return `the proxy ${protocol}//${hostname}:${port || (protocol === 'https:' ? 443 : 80)}`;
}
