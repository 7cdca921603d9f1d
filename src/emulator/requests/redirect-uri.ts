import type { EmulatorClient } from '../emulator-options.js';

/**
 * Returns whether a client registered this redirect URI. They are compared as text, because anything looser would send
 * codes to a look-alike address. The exceptions are for loopback names over http without a port. They stand for every port,
 * because a native client listens on any port that is free (RFC 8252 s.7.3; "Redirect URI restrictions: localhost
 * exceptions"). `/*` stands for every path.
 */
export function isRegisteredRedirectUri(client: EmulatorClient, redirectUri: string): boolean {
  return redirectUrisOf(client).some(
    (registered) => registered === redirectUri || matchesAnyPort(registered, redirectUri),
  );
}

/**
 * Returns whether `origin` is that of a page to which one of the clients may be redirected. `origin` is as a browser sends
 * it.
 */
export function isRedirectOrigin(clients: readonly EmulatorClient[], origin: string): boolean {
  // A browser says `null` for a page without an origin, and so does URL for a scheme of an app.
  if (!URL.canParse(origin) || new URL(origin).origin !== origin) return false;
  return clients.flatMap(redirectUrisOf).some((registered) => {
    const page = new URL(registered);
    return page.origin === origin || (isAnyPort(page) && withoutPort(origin).origin === page.origin);
  });
}

/** Returns the redirect URIs of a client as text for people. */
export function describeRedirectUris(client: EmulatorClient): readonly string[] {
  return redirectUrisOf(client).map((uri) => {
    if (!isAnyPort(new URL(uri))) return uri;
    return uri.endsWith('/*') ? `${uri.slice(0, -2)} (any port and path)` : `${uri} (any port)`;
  });
}

function redirectUrisOf(client: EmulatorClient): readonly string[] {
  return client.redirectUris ?? [];
}

function matchesAnyPort(registered: string, redirectUri: string): boolean {
  const pattern = new URL(registered);
  if (!isAnyPort(pattern) || !URL.canParse(redirectUri)) return false;
  const given = withoutPort(redirectUri);
  if (given.href === pattern.href) return true;
  return pattern.pathname === '/*' && given.href === pattern.origin + given.pathname;
}

function isAnyPort({ protocol, hostname, port }: URL): boolean {
  return protocol === 'http:' && ['localhost', '127.0.0.1'].includes(hostname) && port === '';
}

function withoutPort(address: string): URL {
  const url = new URL(address);
  url.port = '';
  return url;
}
