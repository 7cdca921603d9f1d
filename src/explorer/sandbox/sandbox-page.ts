import { readFileSync } from 'node:fs';
import type { FastifyInstance } from 'fastify';
import { PROTECTED_RESOURCE_METADATA_PATH } from '../../http/protected-resource-metadata.js';
import { type Html, html } from '../../pages/html.js';
import { EXPLORER_PATH, type PersonaTokens } from '../graphiql/register-explorer.js';
import { serveAsset } from '../send-page.js';

/** Contents of the page. */
export interface SandboxOptions {
  /** The first document of callers who have none of their own. */
  readonly welcomeDocument: string;
  /** The callers that the page offers. In development only. */
  readonly personas?: PersonaTokens | undefined;
  /** Address of the emulator, whose page has tokens to copy. */
  readonly emulatorAddress?: string | undefined;
}

const STYLES_PATH = '/pages/sandbox/sandbox.css';
const SCRIPT_PATH = '/pages/sandbox/sandbox.js';
/** Files by their paths. The paths relate to each other as in the sources, because one script imports the other. */
const SCRIPTS = { [SCRIPT_PATH]: 'sandbox.js', '/pages/persona-token.js': '../persona-token.js' };
/** The script that puts Sandbox into a page. It is the one that Apollo Server's own page loads. */
const SANDBOX_SCRIPT = 'https://embeddable-sandbox.cdn.apollographql.com/v2/embeddable-sandbox.umd.production.min.js';

/** Apollo's script and frame, and everything else from this server. A meta element cannot forbid frames around it. */
const POLICY = [
  "default-src 'none'",
  `script-src 'self' ${new URL(SANDBOX_SCRIPT).origin}`,
  'frame-src https://sandbox.embed.apollographql.com',
  "style-src 'self'",
  "connect-src 'self'",
  "form-action 'none'",
  "base-uri 'none'",
].join('; ');

/** Serves the script and the styles of the page. */
export function registerSandboxFiles(fastify: FastifyInstance): void {
  const read = (name: string) => readFileSync(new URL(name, import.meta.url), 'utf8');
  serveAsset(fastify, STYLES_PATH, { type: 'text/css', text: read('sandbox.css') });
  for (const [path, name] of Object.entries(SCRIPTS)) {
    serveAsset(fastify, path, { type: 'text/javascript', text: read(name) });
  }
}

/** Returns the page. Sandbox comes from the internet. Without it the page offers the explorer of this server. */
export function sandboxPage({ welcomeDocument, personas, emulatorAddress }: SandboxOptions): Html {
  const settings = { welcomeDocument, documents: personas?.documents ?? {}, script: SANDBOX_SCRIPT };
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="content-security-policy" content="${POLICY}">
<meta name="viewport" content="width=device-width">
<title>GraphQL</title>
<link rel="stylesheet" href="${STYLES_PATH}">
<script src="${SCRIPT_PATH}" type="module"></script>
</head>
<body>
<header>
<h1>GraphQL</h1>
${personas ? choiceOf(personas.names) : html``}
<details>
<summary>Access tokens</summary>
${tokenHelp(personas !== undefined, emulatorAddress)}
</details>
<a href="${EXPLORER_PATH}">Explorer</a>
</header>
<main id="sandbox" data-settings="${JSON.stringify(settings)}">
<div class="waiting">
<p>Apollo Sandbox comes from the internet and has not arrived. The <a href="${EXPLORER_PATH}">explorer</a> of this server works without it.</p>
<p>Programs send their queries to this address with POST.</p>
</div>
</main>
</body>
</html>
`;
}

function choiceOf(names: readonly string[]): Html {
  const options = names.map((name) => html`<option>${name}</option>\n`);
  return html`<label for="who">Ask as</label>
<select id="who">
${options}<option value="">nobody</option>
</select>`;
}

function tokenHelp(hasPersonas: boolean, emulatorAddress: string | undefined): Html {
  const own = 'Your own header Authorization ("Bearer" and the token) is sent as it is.';
  if (!hasPersonas) {
    return html`<p>Get a token with a client of yours. <a href="${PROTECTED_RESOURCE_METADATA_PATH}">Sign-in</a> says where, and for which scopes. Write it into the header Authorization.</p>`;
  }
  const copied = emulatorAddress
    ? html` The page of the <a href="${emulatorAddress}">emulator</a> has tokens to copy.`
    : html``;
  return html`<p>Each request gets a token of the chosen person. Sandbox does not see it. ${own}${copied}</p>`;
}
