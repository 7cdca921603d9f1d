import { innermostError, messageOf } from './innermost-error.js';

/**
 * Kinds of failure on a way through a proxy. `unreachable`: the proxy cannot be asked. `refused`: it does not open a tunnel.
 * `untrusted`: a certificate on the way is not trusted. `broken`: it opens a tunnel, but the bytes from it are not an answer
 * of the identity provider. `no-answer`: nothing comes in time. `unused`: the environment names a proxy that is not used.
 */
export type ProxyFailure = 'unreachable' | 'refused' | 'untrusted' | 'broken' | 'no-answer' | 'unused';

/** A document could not be read through a proxy. The message names the proxy by host and port, never its login. */
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

export function isProxyError(error: unknown): error is ProxyError {
  return error instanceof ProxyError;
}

/** Describes why a proxy could not be asked for a tunnel. */
export function unreachableProxy(proxy: URL, error: unknown): ProxyError {
  const message = messageOf(innermostError(error));
  return isUntrusted(error)
    ? new ProxyError('untrusted', `the certificate of ${nameOf(proxy)} itself is not trusted: ${message}`, error)
    : new ProxyError('unreachable', `${nameOf(proxy)} cannot be used: ${message}`, error);
}

/**
 * Describes that a proxy answered with another status than 200 when it was asked for a tunnel to `target` (host and port).
 */
export function refusedByProxy(proxy: URL, target: string, status: number): ProxyError {
  return new ProxyError('refused', `${nameOf(proxy)} does not connect to ${target} (status ${status})`);
}

export function failedThroughProxy(proxy: URL, error: unknown, signal: AbortSignal): ProxyError {
  const inner = innermostError(error, isProxyError);
  if (isProxyError(inner)) return inner;
  const name = nameOf(proxy);
  if (signal.aborted) {
    return new ProxyError('no-answer', `no answer through ${name}: ${messageOf(signal.reason)}`, error);
  }
  const message = messageOf(inner);
  return isUntrusted(error)
    ? new ProxyError('untrusted', `the certificate that comes through ${name} is not trusted: ${message}`, error)
    : new ProxyError('broken', `through ${name}: ${message}`, error);
}

function isUntrusted(error: unknown): boolean {
  const { message, code } = Object(innermostError(error));
  return /certificate|CERT_|ERR_TLS/.test(`${code} ${message}`);
}

function nameOf({ protocol, hostname, port }: URL): string {
  return `the proxy ${protocol}//${hostname}:${port || (protocol === 'https:' ? 443 : 80)}`;
}
