import type { EmulatorClient } from '../emulator-options.js';

/**
 * Whether a client registered this redirect URI. Compared as text: anything looser lets a look-alike address have codes.
 * The one exception is a registered `http://localhost` without a port, which stands for every port, because a native
 * client listens on whichever is free (RFC 8252 s.7.3; "Redirect URI restrictions: localhost exceptions").
 */
export function isRegisteredRedirectUri(client: EmulatorClient, redirectUri: string): boolean {
  return redirectUrisOf(client).some(
    (registered) => registered === redirectUri || matchesAnyPort(registered, redirectUri),
  );
}

/** Origins of the pages that may read the emulator's answers: those of http(s) redirect URIs. */
export function redirectOriginsOf(clients: readonly EmulatorClient[]): ReadonlySet<string> {
  const origins = clients.flatMap(redirectUrisOf).map((uri) => new URL(uri).origin);
  return new Set(origins.filter((origin) => origin !== 'null'));
}

function redirectUrisOf(client: EmulatorClient): readonly string[] {
  return client.redirectUris ?? [];
}

function matchesAnyPort(registered: string, redirectUri: string): boolean {
  const pattern = new URL(registered);
  if (pattern.protocol !== 'http:' || pattern.hostname !== 'localhost' || pattern.port !== '') return false;
  if (!URL.canParse(redirectUri)) return false;
  const given = new URL(redirectUri);
  given.port = '';
  return given.href === pattern.href;
}
