import { createHash, randomBytes } from 'node:crypto';
import { type Emulator, type EmulatorOptions, startEmulator } from '../../src/emulator/emulator.js';
import type { Persona } from '../../src/emulator/persona.js';

export const TENANT = '0a0a0a0a-0000-4000-8000-000000000001';
export const OTHER_TENANT = '0a0a0a0a-0000-4000-8000-000000000002';
export const API = '0b0b0b0b-0000-4000-8000-000000000001';
export const SPA = '0c0c0c0c-0000-4000-8000-000000000001';
export const WEB = '0c0c0c0c-0000-4000-8000-000000000002';
export const JOB = '0c0c0c0c-0000-4000-8000-000000000003';
export const AGENT = '0c0c0c0c-0000-4000-8000-000000000004';
export const BLUEPRINT = '0c0c0c0c-0000-4000-8000-000000000005';
export const SPA_REDIRECT = 'http://localhost:4000/explorer';
export const SPA_ORIGIN = 'http://localhost:4000';
export const WEB_REDIRECT = 'https://web.example/callback';
export const WEB_SECRET = 'not a secret: web';
export const READ = `api://${API}/Files.Read`;
export const DEFAULT_SCOPE = `api://${API}/.default`;
/** A fixed moment, in milliseconds: 2030-01-01T00:00:00Z. */
export const NOW_MS = 1_893_456_000_000;

const user = (name: string, changes: Partial<Persona> = {}): Persona => ({
  name,
  kind: 'delegated',
  tenantId: TENANT,
  objectId: '0d0d0d0d-0000-4000-8000-000000000001',
  displayName: `The ${name}`,
  scopes: ['Files.Read', 'Files.Write'],
  roles: [],
  permissions: [],
  authContexts: [],
  isGuest: false,
  ...changes,
});

export const OPTIONS: EmulatorOptions = {
  tenants: [
    { id: TENANT, name: 'Contoso' },
    { id: OTHER_TENANT, name: 'Fabrikam' },
  ],
  api: { clientId: API, scopes: ['Files.Read', 'Files.Write', 'Files.Share'] },
  clients: [
    { kind: 'public', clientId: SPA, name: 'Explorer', redirectUris: [SPA_REDIRECT, 'http://localhost'] },
    { kind: 'confidential', clientId: WEB, name: 'Web', redirectUris: [WEB_REDIRECT], secret: WEB_SECRET },
    { kind: 'confidential', clientId: JOB, name: 'Job', persona: 'job' },
    {
      kind: 'confidential',
      clientId: AGENT,
      name: 'Agent',
      redirectUris: [WEB_REDIRECT],
      secret: WEB_SECRET,
      persona: 'agent',
      agent: { blueprintId: BLUEPRINT.toUpperCase() },
    },
  ],
  personas: [
    user('writer', { roles: ['Editor'], authContexts: ['c1'] }),
    user('reader', { objectId: '0d0d0d0d-0000-4000-8000-000000000002', scopes: ['Files.Read'] }),
    user('guest', { objectId: '0d0d0d0d-0000-4000-8000-000000000003', isGuest: true }),
    user('stranger', { objectId: '0d0d0d0d-0000-4000-8000-000000000004', tenantId: OTHER_TENANT }),
    user('job', {
      objectId: '0d0d0d0d-0000-4000-8000-000000000005',
      kind: 'app-only',
      scopes: [],
      permissions: ['Files.Read.All'],
    }),
    user('agent', {
      objectId: '0d0d0d0d-0000-4000-8000-000000000006',
      kind: 'app-only',
      scopes: [],
      permissions: ['Files.Read.All'],
    }),
    user('agent-account', { objectId: '0d0d0d0d-0000-4000-8000-000000000007', isAgentAccount: true }),
  ],
};

/** An emulator with {@link OPTIONS}. The test that starts it closes it. */
export const startTestEmulator = (changes: Partial<EmulatorOptions> = {}): Promise<Emulator> =>
  startEmulator({ ...OPTIONS, ...changes });

/** The answer of an endpoint. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: tests read whatever JSON the emulator answers
  readonly body: any;
}

/** Sends a request and reads the answer, as JSON where it is. Follows no redirect. */
export async function send(address: string, init: RequestInit = {}): Promise<Answer> {
  const response = await fetch(address, { redirect: 'manual', ...init });
  const text = await response.text();
  const isJson = text !== '' && response.headers.get('content-type')?.includes('json');
  return { status: response.status, headers: response.headers, body: isJson ? JSON.parse(text) : text };
}

/** Posts a form. */
export const post = (address: string, form: Record<string, string>, headers: Record<string, string> = {}) =>
  send(address, { method: 'POST', body: new URLSearchParams(form), headers });

/** Posts a form to the token endpoint of {@link TENANT}. */
export const postToken = (emulator: Emulator, form: Record<string, string>, headers: Record<string, string> = {}) =>
  post(`${emulator.instance}/${TENANT}/oauth2/v2.0/token`, form, headers);

export const VERIFIER = randomBytes(32).toString('base64url');
export const CHALLENGE = createHash('sha256').update(VERIFIER).digest('base64url');

/** A valid authorization request of the single-page application; `undefined` leaves a parameter out. */
export function authorizeAddress(
  emulator: Emulator,
  changes: Record<string, string | undefined> = {},
  tenant: string = TENANT,
): string {
  const address = new URL(`${emulator.instance}/${tenant}/oauth2/v2.0/authorize`);
  const parameters = {
    client_id: SPA,
    redirect_uri: SPA_REDIRECT,
    response_type: 'code',
    scope: `openid profile offline_access ${READ}`,
    state: 'the state',
    nonce: 'the nonce',
    code_challenge: CHALLENGE,
    code_challenge_method: 'S256',
    ...changes,
  };
  for (const [name, value] of Object.entries(parameters))
    if (value !== undefined) address.searchParams.set(name, value);
  return address.href;
}

/** The address that the redirect to the client ends at, and the session of the browser. */
export interface Landing {
  readonly location: URL;
  readonly cookie: string;
}

/** Opens the sign-in page and presses a persona's button. */
export async function signIn(address: string, persona: string): Promise<Landing> {
  const page = await send(address);
  const requestId = requestIdOf(page);
  const answer = await post(`${new URL(address).origin}/signin`, { request: requestId, persona });
  return landingOf(answer);
}

/** Reads a redirect to the client. */
export function landingOf(answer: Answer): Landing {
  return {
    location: new URL(answer.headers.get('location') ?? 'none:'),
    cookie: (answer.headers.get('set-cookie') ?? '').replace(/;.*$/, ''),
  };
}

/** The hidden field that ties the page's form to its request. */
export const requestIdOf = (page: Answer): string => /name="request" value="([^"]+)"/.exec(page.body)?.[1] ?? '';

/** Signs in and gives the code. */
export async function obtainCode(
  emulator: Emulator,
  changes: Record<string, string | undefined> = {},
  persona = 'writer',
) {
  const { location } = await signIn(authorizeAddress(emulator, changes), persona);
  return location.searchParams.get('code') ?? '';
}

/** The form that redeems a code of {@link authorizeAddress}. */
export const codeForm = (code: string, changes: Record<string, string> = {}): Record<string, string> => ({
  grant_type: 'authorization_code',
  client_id: SPA,
  redirect_uri: SPA_REDIRECT,
  code,
  code_verifier: VERIFIER,
  ...changes,
});

/** Signs in and redeems the code. */
export async function obtainTokens(
  emulator: Emulator,
  changes: Record<string, string | undefined> = {},
  persona = 'writer',
) {
  return (await postToken(emulator, codeForm(await obtainCode(emulator, changes, persona)))).body;
}

/** A claims request for an authentication context. */
export const stepUpClaims = (authContext: string): string =>
  JSON.stringify({ access_token: { acrs: { essential: true, value: authContext } } });
