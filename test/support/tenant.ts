import { createHash, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import {
  type Authentication,
  type AuthenticationOptions,
  createAuthentication,
} from '../../src/authentication/authentication.js';
import type { Fetch } from '../../src/authentication/fetch/bounded-fetch.js';
import { noteLogLine, noteTokens } from './vitest/log-scan.js';

/** Ids of the fake tenant, its API and the people in it. */
export const ids = {
  tenant: '11111111-1111-4111-8111-111111111111',
  otherTenant: '22222222-2222-4222-8222-222222222222',
  consumerTenant: '9188040d-6c67-4c5b-b112-36a304b66dad',
  api: '33333333-3333-4333-8333-333333333333',
  client: '44444444-4444-4444-8444-444444444444',
  user: '55555555-5555-4555-8555-555555555555',
  application: '66666666-6666-4666-8666-666666666666',
} as const;

/** The fixed present of tests, seconds since 1970. */
export const NOW = 1_800_000_000;

type Values = Record<string, unknown>;

/** A key pair as an authority publishes it. */
export interface FakeKey {
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
  readonly kid: string;
  /** Entry of the key set, without issuer. */
  readonly jwk: Values;
}

/** A fresh RSA key. */
export function createKey(modulusLength = 2048): FakeKey {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength });
  const { n, e } = publicKey.export({ format: 'jwk' });
  const kid = createHash('sha1').update(String(n)).digest('base64url');
  return { privateKey, publicKey, kid, jwk: { kty: 'RSA', use: 'sig', kid, x5t: kid, n, e } };
}

/** Claims of a delegated v2.0 token for the API, valid at {@link NOW}. */
export function delegatedClaims(changes: Values = {}): Values {
  return {
    aud: ids.api,
    iss: `https://login.microsoftonline.com/${ids.tenant}/v2.0`,
    iat: NOW - 300,
    nbf: NOW - 300,
    exp: NOW + 3600,
    azp: ids.client,
    azpacr: '0',
    name: 'Erin Example',
    oid: ids.user,
    preferred_username: 'erin@example.com',
    rh: '0.AAAA',
    scp: 'Expenses.ReadWrite',
    sub: 'pairwise-subject',
    tid: ids.tenant,
    uti: 'tokenIdOfErin',
    ver: '2.0',
    ...changes,
  };
}

/** Returns the claims of the same person's v1.0 token. */
export function v1Claims(changes: Values = {}): Values {
  const { azp, azpacr, preferred_username, ...rest } = delegatedClaims();
  return {
    ...rest,
    aud: `api://${ids.api}`,
    iss: `https://sts.windows.net/${ids.tenant}/`,
    appid: ids.client,
    appidacr: '0',
    ver: '1.0',
    ...changes,
  };
}

/** Claims of an application that calls for itself. */
export function appOnlyClaims(changes: Values = {}): Values {
  const { scp, name, preferred_username, ...rest } = delegatedClaims();
  return {
    ...rest,
    oid: ids.application,
    sub: ids.application,
    idtyp: 'app',
    roles: ['Expenses.Read.All'],
    ...changes,
  };
}

/** base64url of a JSON text or of anything that becomes one. */
export function encodePart(value: unknown): string {
  return Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');
}

/** Signs whatever it is given: header and payload may be texts that no serialiser would write. */
export function signToken(key: Pick<FakeKey, 'privateKey'>, header: unknown, payload: unknown): string {
  const signed = `${encodePart(header)}.${encodePart(payload)}`;
  const token = `${signed}.${sign('sha256', Buffer.from(signed), key.privateKey).toString('base64url')}`;
  noteTokens(token);
  return token;
}

/** A response of the fake authority. */
export interface FakeResponse {
  readonly status?: number;
  readonly body?: unknown;
}

/** The answer of the fake authority at an address. Undefined is a refused connection. */
export type Answers = Record<string, FakeResponse | undefined | (() => Promise<Response> | Response)>;

/** A tenant of Entra ID without a network: its keys, documents, clock and timers are the test's. */
export interface FakeTenant {
  readonly key: FakeKey;
  /** Entries of the v2.0 and v1.0 key sets; change them to roll keys. */
  readonly keySets: { '2.0': unknown[]; '1.0': unknown[] };
  /** Answers by address; change them to break things. */
  readonly answers: Answers;
  /** Addresses fetched so far, in order. */
  readonly fetched: string[];
  readonly clock: { nowMs: number };
  /** Timers that are set, soonest first. */
  readonly timers: { readonly run: () => void; readonly atMs: number }[];
  readonly log: { readonly level: string; readonly fields: Values; readonly message: string }[];
  readonly options: AuthenticationOptions;
  /** A signed delegated v2.0 token: valid unless changed. */
  signAccessToken(changes?: { claims?: Values; header?: Values; key?: FakeKey }): string;
  /** An authentication of this tenant, with changed options. */
  authentication(changes?: Partial<AuthenticationOptions>): Authentication;
  /** Moves the clock, running the timers that fall due. */
  advance(ms: number): Promise<void>;
}

export const addresses = {
  v2Metadata: `https://login.microsoftonline.com/${ids.tenant}/v2.0/.well-known/openid-configuration`,
  v2Keys: `https://login.microsoftonline.com/${ids.tenant}/discovery/v2.0/keys`,
  v1Metadata: `https://login.microsoftonline.com/${ids.tenant}/.well-known/openid-configuration`,
  v1Keys: 'https://login.windows.net/common/discovery/keys',
} as const;

const sharedKey = createKey();

/** A fresh tenant whose documents look like Entra's. */
export function createTenant(): FakeTenant {
  const key = sharedKey;
  const keySets: FakeTenant['keySets'] = {
    '2.0': [{ ...key.jwk, issuer: 'https://login.microsoftonline.com/{tenantid}/v2.0' }],
    '1.0': [key.jwk],
  };
  const answers: Answers = {
    [addresses.v2Metadata]: {
      body: {
        issuer: `https://login.microsoftonline.com/${ids.tenant}/v2.0`,
        jwks_uri: addresses.v2Keys,
        cloud_instance_name: 'microsoftonline.com',
      },
    },
    [addresses.v1Metadata]: {
      body: { issuer: `https://sts.windows.net/${ids.tenant}/`, jwks_uri: addresses.v1Keys },
    },
    [addresses.v2Keys]: () => Response.json({ keys: keySets['2.0'] }),
    [addresses.v1Keys]: () => Response.json({ keys: keySets['1.0'] }),
  };
  const fetched: string[] = [];
  const clock = { nowMs: NOW * 1000 };
  const timers: { run: () => void; atMs: number }[] = [];
  const log: FakeTenant['log'] = [];
  const note = (level: string) => (fields: object, message: string) => {
    log.push({ level, fields: { ...fields }, message });
    noteLogLine(JSON.stringify({ ...fields, message }));
  };
  const options: AuthenticationOptions = {
    tenantId: ids.tenant,
    clientId: ids.api,
    now: () => clock.nowMs,
    random: () => 0.5,
    fetch: fakeFetch(answers, fetched),
    schedule(run, delayMs) {
      const timer = { run, atMs: clock.nowMs + delayMs };
      timers.push(timer);
      timers.sort((one, other) => one.atMs - other.atMs);
      return () => {
        if (timers.includes(timer)) timers.splice(timers.indexOf(timer), 1);
      };
    },
    logger: { info: note('info'), warn: note('warn'), error: note('error') },
  };
  return {
    key,
    keySets,
    answers,
    fetched,
    clock,
    timers,
    log,
    options,
    signAccessToken({ claims = {}, header = {}, key: signer = key } = {}) {
      return signToken(signer, { typ: 'JWT', alg: 'RS256', kid: signer.kid, ...header }, delegatedClaims(claims));
    },
    authentication: (changes = {}) => createAuthentication({ ...options, ...changes }),
    async advance(ms) {
      const endMs = clock.nowMs + ms;
      for (let next = timers[0]; next && next.atMs <= endMs; next = timers[0]) {
        timers.shift();
        clock.nowMs = next.atMs;
        next.run();
        await settle();
      }
      clock.nowMs = endMs;
      await settle();
    },
  };
}

/** Lets everything that waits for an already known answer go on. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 3; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

function fakeFetch(answers: Answers, fetched: string[]): Fetch {
  return async (address) => {
    fetched.push(address);
    const answer = answers[address];
    if (answer === undefined) throw new TypeError('fetch failed', { cause: new Error('connect ECONNREFUSED') });
    if (typeof answer === 'function') return answer();
    const { status = 200, body } = answer;
    return new Response(typeof body === 'string' ? body : JSON.stringify(body), { status });
  };
}
