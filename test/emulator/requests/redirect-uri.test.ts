import { describe, expect, it } from 'vitest';
import type { EmulatorClient } from '../../../src/emulator/emulator-options.js';
import {
  describeRedirectUris,
  isRedirectOrigin,
  isRegisteredRedirectUri,
} from '../../../src/emulator/requests/redirect-uri.js';

import { HOSTILE_ORIGINS } from '../hostile-origins.js';

const client = (...redirectUris: string[]): EmulatorClient => ({
  kind: 'public',
  clientId: '0c0c0c0c-0000-4000-8000-000000000001',
  name: 'Client',
  redirectUris,
});

describe('redirect URI', () => {
  it('is registered when it is the same text', () => {
    expect(isRegisteredRedirectUri(client('https://app.example/cb'), 'https://app.example/cb')).toBe(true);
  });

  it.each([
    'https://app.example/cb/',
    'https://app.example/cb?x=1',
    'https://app.example:8443/cb',
    'https://app.example/CB',
    'http://app.example/cb',
    'https://app.example.evil.example/cb',
    'https://app.example@evil.example/cb',
  ])('is not registered when it only looks alike: %s', (redirectUri) => {
    expect(isRegisteredRedirectUri(client('https://app.example/cb'), redirectUri)).toBe(false);
  });

  it.each(['http://localhost:3000', 'http://localhost:65535/'])('may have any port on a bare localhost: %s', (uri) => {
    expect(isRegisteredRedirectUri(client('http://localhost'), uri)).toBe(true);
  });

  it.each([
    'http://localhost:3000/path',
    'https://localhost:3000',
    'http://localhost.evil.example:3000',
    'http://u@localhost:3000',
    'nonsense',
  ])('has nothing else free on a bare localhost: %s', (uri) => {
    expect(isRegisteredRedirectUri(client('http://localhost'), uri)).toBe(false);
  });

  it.each(['http://127.0.0.1:3000', 'http://127.0.0.1:3000/cb'])(
    'may be any of a bare 127.0.0.1 with /*: %s',
    (uri) => {
      expect(isRegisteredRedirectUri(client('http://127.0.0.1/*'), uri)).toBe(true);
    },
  );

  it.each([
    'http://localhost:3000/cb?x=1',
    'http://localhost:3000/cb#x',
    'http://u@localhost:3000/cb',
    'https://localhost:3000/cb',
    'http://localhost.evil.example/cb',
    'http://127.0.0.1:3000/cb',
    'http:nonsense',
  ])('is not any of a bare localhost with /*: %s', (uri) => {
    expect(isRegisteredRedirectUri(client('http://localhost/*'), uri)).toBe(false);
  });

  it('has /* for itself where it is not on loopback', () => {
    expect(isRegisteredRedirectUri(client('https://app.example/*'), 'https://app.example/cb')).toBe(false);
  });

  it('has its port fixed where one is registered', () => {
    expect(isRegisteredRedirectUri(client('http://localhost:4000/cb'), 'http://localhost:4001/cb')).toBe(false);
  });

  it('is never registered for a client without any', () => {
    const job: EmulatorClient = { kind: 'confidential', clientId: '0c0c0c0c-0000-4000-8000-000000000002', name: 'Job' };
    expect(isRegisteredRedirectUri(job, 'https://app.example/cb')).toBe(false);
  });
});

describe('redirect origins', () => {
  const clients = [client('https://app.example/cb', 'http://localhost/*', 'http://127.0.0.1', 'myapp://signed-in')];

  it.each(['https://app.example', 'http://localhost:3000', 'http://localhost', 'http://127.0.0.1:65535'])(
    'have pages: %s',
    (origin) => {
      expect(isRedirectOrigin(clients, origin)).toBe(true);
    },
  );

  it.each(HOSTILE_ORIGINS)('are not "%s"', (origin) => {
    expect(isRedirectOrigin(clients, origin)).toBe(false);
  });
});

describe('redirect URIs for people', () => {
  it('say which of them have any port', () => {
    const described = describeRedirectUris(client('https://app.example/cb', 'http://localhost', 'http://127.0.0.1/*'));
    expect(described).toEqual([
      'https://app.example/cb',
      'http://localhost (any port)',
      'http://127.0.0.1 (any port and path)',
    ]);
  });
});
