import { LRUCache } from 'lru-cache';
import { createDirectory, type Directory } from './directory.js';
import type { EmulatorOptions, ExampleCall } from './emulator-options.js';
import type { DeviceRequest, IssuedCode, Session, SignIn } from './grants/sign-in.js';
import { createKeyRing, type KeyRing } from './keys/key-ring.js';
import type { AuthorizeRequest } from './requests/authorize-request.js';

/** State that the parts of a running emulator share. Everything that grows is bounded and expires. */
export interface EmulatorState {
  readonly directory: Directory;
  readonly keys: KeyRing;
  /** Scopes of downstream APIs that an administrator consented to for everybody, by client id. */
  readonly consents: Map<string, readonly string[]>;
  readonly now: () => number;
  /** `http://127.0.0.1:PORT`. It is a function because the port is known only once the emulator listens. */
  readonly httpInstance: () => string;
  readonly accessTokenLifetimeSeconds: number;
  /** The emulator answers https too. */
  readonly hasHttps: boolean;
  readonly exampleCall: ExampleCall | undefined;
  /** The signed-in persona of each browser, by cookie. */
  readonly sessions: LRUCache<string, Session>;
  /** Sign-in pages shown and not yet answered, by the id in their form. */
  readonly pendingSignIns: LRUCache<string, AuthorizeRequest>;
  readonly codes: LRUCache<string, IssuedCode>;
  readonly refreshTokens: LRUCache<string, SignIn>;
  readonly deviceRequests: LRUCache<string, DeviceRequest>;
  /** The same requests by the code that the user types. */
  readonly userCodes: LRUCache<string, DeviceRequest>;
}

const CAPACITY = 1_000;
const HOUR = 3_600;

/** @param httpInstance the emulator's own address, asked only once it listens */
export function createEmulatorState(options: EmulatorOptions, httpInstance: () => string): EmulatorState {
  const now = options.now ?? Date.now;
  const map = <Value extends object>(lifetimeSeconds: number) =>
    // An entry of lru-cache outlives its `ttl` by a millisecond.
    new LRUCache<string, Value>({ max: CAPACITY, ttl: lifetimeSeconds * 1000 - 1, ttlResolution: 0, perf: { now } });
  return {
    directory: createDirectory(options),
    keys: createKeyRing(),
    consents: new Map(
      options.clients.map((client) => [
        client.clientId.toLowerCase(),
        (client.kind === 'confidential' && client.consents) || [],
      ]),
    ),
    now,
    httpInstance,
    hasHttps: Boolean(options.https),
    exampleCall: options.exampleCall,
    accessTokenLifetimeSeconds: options.accessTokenLifetimeSeconds ?? HOUR,
    sessions: map(8 * HOUR),
    pendingSignIns: map(HOUR / 6),
    codes: map(HOUR / 6),
    refreshTokens: map(24 * HOUR),
    deviceRequests: map(HOUR / 4),
    userCodes: map(HOUR / 4),
  };
}
