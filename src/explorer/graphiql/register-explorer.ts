import type { FastifyInstance } from 'fastify';
import { badRequest, RequestError } from '../../http/answers/request-errors.js';
import { html } from '../../pages/html.js';
import { type ExplorerFiles, readExplorerFiles } from './bundle.js';

export const EXPLORER_PATH = '/explorer';

export interface PersonaToken {
  readonly accessToken: string;
  readonly expiresInSeconds: number;
}

/** Issues an access token of a persona, such as `finn` or `finn+c1`. Rejects when there is none. */
export type IssuePersonaToken = (persona: string) => Promise<PersonaToken>;

/** The sign-in of users at the identity provider, as MSAL needs it. */
export interface ExplorerSignIn {
  /** Client id of the explorer's own app registration. */
  readonly clientId: string;
  /** Address of the tenant at the identity provider, with https. */
  readonly authority: string;
  readonly scopes: readonly string[];
}

/** People and applications that the explorer can ask as, in development. */
export interface PersonaTokens {
  readonly names: readonly string[];
  readonly issue: IssuePersonaToken;
  /** First documents by persona, for Apollo Sandbox. Default: the one of everybody. */
  readonly documents?: Readonly<Record<string, string>> | undefined;
}

const TYPES: Readonly<Record<string, string>> = {
  js: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
};

/**
 * GraphiQL writes styles into the page, so inline styles are allowed. Scripts, workers and requests are limited to this
 * server, and its fonts are in its styles. With a sign-in, the page may also send requests to the identity provider.
 */
function policyFor(signIn: ExplorerSignIn | undefined): string {
  const provider = signIn ? ` ${new URL(signIn.authority).origin}` : '';
  return [
    "default-src 'none'",
    "script-src 'self'",
    "worker-src 'self'",
    "style-src 'self' 'unsafe-inline'",
    "font-src 'self' data:",
    "img-src 'self' data:",
    `connect-src 'self'${provider}`,
    // MSAL renews a sign-in in a hidden frame, which ends on a page of this server.
    ...(signIn ? [`frame-src 'self'${provider}`] : []),
    "form-action 'none'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
}

/** Sign-ins end on it, in a window or in a hidden frame of the explorer. Its address then holds a code of the provider. */
export const SIGNED_IN_PATH = `${EXPLORER_PATH}/signed-in`;
const SIGNED_IN_POLICY =
  "default-src 'none'; script-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors 'self'";
const SIGNED_IN_PAGE = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>Signed in</title>
<script src="${EXPLORER_PATH}/signed-in.js" defer></script>
</head>
<body>
<main>This window closes by itself.</main>
</body>
</html>
`.markup;

/** Serves `/explorer`: GraphiQL with a sign-in, which works without internet. */
export function registerExplorer(
  fastify: FastifyInstance,
  options: {
    readonly welcomeDocument: string;
    readonly personas?: PersonaTokens | undefined;
    /** `EXPLORER_CLIENT_ID`: users sign in at the identity provider. */
    readonly signIn?: ExplorerSignIn | undefined;
  },
): void {
  const { welcomeDocument, personas, signIn } = options;
  const policy = policyFor(signIn);
  const page = Buffer.from(
    renderPage({
      welcomeDocument: withOwnHint(welcomeDocument),
      personas: personas?.names ?? [],
      ...(signIn && { entra: { ...signIn, redirectPath: SIGNED_IN_PATH } }),
    }),
  );
  let files: Promise<ExplorerFiles> | undefined;
  fastify.get(EXPLORER_PATH, (_request, reply) =>
    reply.header('content-security-policy', policy).type('text/html; charset=utf-8').send(page),
  );
  if (signIn) {
    fastify.get(SIGNED_IN_PATH, { logLevel: 'warn' }, (_request, reply) =>
      reply.header('content-security-policy', SIGNED_IN_POLICY).type('text/html; charset=utf-8').send(SIGNED_IN_PAGE),
    );
  }
  fastify.get<{ Params: { file: string } }>(`${EXPLORER_PATH}/:file`, { logLevel: 'warn' }, async (request, reply) => {
    files ??= readExplorerFiles();
    const { file } = request.params;
    const content = (await files).get(file);
    if (!content) return reply.callNotFound();
    // A worker has a policy of its own.
    reply.header('content-security-policy', "default-src 'none'; connect-src 'self'");
    return reply.type(TYPES[file.split('.').at(-1) ?? ''] ?? 'application/octet-stream').send(content);
  });
  if (personas) registerTokens(fastify, personas);
}

/**
 * Serves tokens of personas to the explorer's own page. Browsers send the custom header to another origin only after a
 * preflight, which CORS does not grant for it. `Sec-Fetch-Site` and `Origin` say the same a second time.
 */
function registerTokens(fastify: FastifyInstance, { names, issue }: PersonaTokens): void {
  fastify.post<{ Body: unknown }>(`${EXPLORER_PATH}/token`, async ({ headers, body, ip }) => {
    const isOwnPage = headers['x-explorer'] === '1' && [undefined, 'same-origin'].includes(siteOf(headers));
    const isOwnOrigin = headers.origin === undefined || headers.origin === `http://${headers.host}`;
    if (!isOwnPage || !isOwnOrigin || !isLoopback(ip)) {
      throw new RequestError(403, badRequest('Only the explorer of this server may ask for tokens.'));
    }
    const { persona }: { persona?: unknown } = Object(body);
    const name = names.find((known) => known === persona);
    if (name === undefined) throw new RequestError(400, badRequest(`Name one of ${names.join(', ')}.`));
    return issue(name);
  });
}

/** The first lines of the document tell users of Sandbox where a token goes. Here it is another place. */
function withOwnHint(document: string): string {
  return document.replace(/^(?:#.*\n)+/, '# Choose who you are above the answer, then run this.\n');
}

function siteOf(headers: Readonly<Record<string, unknown>>): string | undefined {
  const site = headers['sec-fetch-site'];
  return typeof site === 'string' ? site : undefined;
}

function isLoopback(address: string): boolean {
  return address === '::1' || address.startsWith('127.') || address.startsWith('::ffff:127.');
}

function renderPage(settings: {
  readonly welcomeDocument: string;
  readonly personas: readonly string[];
  readonly entra?: ExplorerSignIn & { readonly redirectPath: string };
}): string {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Explorer</title>
<link rel="stylesheet" href="${EXPLORER_PATH}/main.css">
<script src="${EXPLORER_PATH}/main.js" defer></script>
</head>
<body>
<main>
<h1 class="title">Explorer</h1>
<div id="explorer" data-settings="${JSON.stringify(settings)}">Loading …</div>
</main>
</body>
</html>
`.markup;
}
