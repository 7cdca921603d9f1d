import { type Html, html } from '../../pages/html.js';
import { type Directory, userNameOf } from '../directory.js';
import type { EmulatorClient, ExampleCall } from '../emulator-options.js';
import type { Persona } from '../persona.js';
import { describeRedirectUris } from '../requests/redirect-uri.js';
import { HOME_PAGE_SCRIPT_PATH, type Page } from './page.js';

export interface HomePageContent {
  readonly directory: Directory;
  /** Origin of the emulator as the reader called it. */
  readonly instance: string;
  readonly exampleCall: ExampleCall | undefined;
  readonly hasHttps: boolean;
  /** The persona whose session the browser has. */
  readonly signedIn: Persona | undefined;
}

/** Form targets of the home page. */
export const SESSION_PATH = '/emulator/session';

/**
 * Builds the start page: what the emulator is, who can sign in, and the addresses. It has buttons for a token, a call and a
 * session.
 */
export function homePage(content: HomePageContent): Page {
  const { directory, instance } = content;
  const { api, tenants, personas, clients } = directory;
  return {
    title: 'This is not Microsoft Entra ID',
    isWide: true,
    script: HOME_PAGE_SCRIPT_PATH,
    callsEmulator: true,
    body: html`<p>It stands in for Entra ID on this machine, for development and tests. Its tokens have the shapes of
Entra's, and are worth nothing anywhere else.</p>
<h2 id="personas">Personas</h2>
<p>“Sign in” gives this browser a session, so that applications sign in as this person without asking.</p>
<ul class="cards" aria-labelledby="personas">
${personas.map((persona) => personaCard(persona, content))}</ul>
<p class="status" role="status"></p>
${tokenTexts(content)}
<h2 id="paste">In a terminal</h2>
${copyable('terminal', terminalExample(content))}
<h2 id="application">In an application</h2>
${applicationExample(content)}
<h2>Clients</h2>
<ul class="cards">
${clients.map(clientCard)}</ul>
<h2>API</h2>
<dl>
<dt>Application</dt><dd><code>${api.clientId}</code></dd>
<dt>Access tokens</dt><dd>v${api.accessTokenVersion}.0</dd>
<dt>Scopes</dt><dd>${lines(api.scopes.map((scope) => `${api.appIdUri}/${scope}`))}</dd>
</dl>
<h2>Tenants</h2>
<dl>
${tenants.map(
  ({ id, name }) => html`<dt>${name}</dt><dd>${link(`${instance}/${id}/v2.0/.well-known/openid-configuration`)}</dd>\n`,
)}</dl>`,
  };
}

function personaCard(persona: Persona, { directory, signedIn, exampleCall }: HomePageContent): Html {
  const isUser = persona.kind === 'delegated';
  const isCurrent = signedIn?.name === persona.name;
  const holds = [...persona.scopes, ...persona.roles, ...persona.permissions];
  return html`<li${isCurrent ? html` class="current"` : html``}>
<h3>${persona.displayName} <span class="kind">${kindOf(persona)}${isCurrent ? ', signed in' : ''}</span></h3>
<p><code>${isUser ? userNameOf(directory, persona) : persona.name}</code></p>
${persona.about === undefined ? html`` : html`<p>${persona.about}</p>`}
${
  holds.length === 0
    ? html`<p class="kind">Holds nothing.</p>`
    : html`<ul class="chips" aria-label="Holds">${holds.map((right) => html`<li>${right}</li>`)}</ul>`
}
<div class="actions">
${isUser ? sessionButton(persona, isCurrent) : html``}
${copyButton(persona, { text: 'Copy token', copy: 'token' })}
${exampleCall ? copyButton(persona, { text: 'Copy curl', copy: 'curl' }) : html``}
${persona.authContexts.map((authContext) =>
  copyButton(persona, { text: `Copy token with ${authContext}`, copy: 'token', authContext }),
)}</div>
</li>
`;
}

function kindOf({ kind, isGuest }: Persona): string {
  if (kind === 'app-only') return 'application';
  return isGuest ? 'guest' : 'user';
}

function sessionButton({ name, displayName }: Persona, isCurrent: boolean): Html {
  const [label, field] = isCurrent ? ['Sign out', 'end'] : ['Sign in', 'persona'];
  return html`<form method="post" action="${SESSION_PATH}"><button class="small" name="${field}" value="${name}" aria-label="${label} as ${displayName}">${label}</button></form>`;
}

/** Builds a copy button. It needs the script and stays hidden until that runs. */
function copyButton(
  { name, displayName }: Persona,
  { text, copy, authContext = '' }: { readonly text: string; readonly copy: string; readonly authContext?: string },
): Html {
  const says = `Copied for ${displayName}. It is good for an hour.`;
  return html`<button hidden class="small" data-copy="${copy}" data-persona="${name}" data-auth-context="${authContext}" data-says="${says}" aria-label="${text} for ${displayName}">${text}</button>`;
}

/** Builds the texts that the buttons of the personas copy. */
function tokenTexts({ exampleCall }: HomePageContent): Html {
  const curl = exampleCall && html`<span id="curl">${curlOf(exampleCall)}</span>`;
  return html`<div hidden><span id="token">$TOKEN</span>${curl ?? html``}</div>`;
}

function curlOf({ url, body }: ExampleCall): string {
  return `curl -s ${url} -H "authorization: Bearer $TOKEN" -H 'content-type: application/json' -d '${body}'`;
}

function terminalExample({ directory, instance, exampleCall }: HomePageContent): string {
  // Over http the reader does not have to trust a certificate.
  const address = instance.replace('https:', 'http:');
  const persona = directory.personas[0]?.name ?? 'name';
  const issue = `curl -s ${address}/emulator/tokens -H 'x-emulator: 1' -H 'content-type: application/json' -d '{"persona":"${persona}"}'`;
  if (!exampleCall) return issue;
  return `TOKEN=$(${issue} | sed 's/.*"access_token":"\\([^"]*\\)".*/\\1/')\n${curlOf(exampleCall)}`;
}

function applicationExample(content: HomePageContent): Html {
  if (!content.hasHttps)
    return html`<p>Microsoft's libraries take https only, and this emulator was started without it.</p>`;
  return html`<p>Settings of <code>@azure/msal-browser</code>, and of Microsoft's other libraries. They take https only, so the
browser or process has to trust the emulator's certificate; <code>npm run dev</code> prints how.</p>
${copyable('settings', msalSettings(content))}`;
}

function msalSettings({ directory, instance }: HomePageContent): string {
  const { host } = new URL(instance);
  const client = directory.clients.find(({ kind }) => kind === 'public');
  return `auth: {
  clientId: '${client?.clientId ?? 'client id'}',
  authority: 'https://${host}/${directory.tenants[0]?.id ?? 'tenant id'}',
  knownAuthorities: ['${host}'],
  clientCapabilities: ['CP1'],
}
scopes: ['${directory.api.appIdUri}/${directory.api.scopes.at(-1) ?? '.default'}']`;
}

function copyable(id: string, text: string): Html {
  return html`<pre id="${id}">${text}</pre>
<p><button hidden class="small" data-copy="${id}" data-says="Copied.">Copy</button></p>`;
}

function clientCard(client: EmulatorClient): Html {
  const redirectUris = describeRedirectUris(client);
  const persona = client.kind === 'confidential' ? client.persona : undefined;
  return html`<li>
<h3>${client.name} <span class="kind">${client.kind}</span></h3>
<p><code>${client.clientId}</code></p>
${persona === undefined ? html`` : html`<p>Client credentials stand for ${persona}.</p>`}
${redirectUris.length === 0 ? html`<p class="kind">No redirect URI.</p>` : html`<div>Redirect URIs${lines(redirectUris)}</div>`}
</li>
`;
}

function lines(texts: readonly string[]): Html {
  return html`<ul>${texts.map((text) => html`<li><code>${text}</code></li>`)}</ul>`;
}

function link(address: string): Html {
  return html`<a href="${address}">${address}</a>`;
}
