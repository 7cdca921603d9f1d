import type { Directory } from '../directory.js';
import { type Html, html } from './html.js';
import type { Page } from './page.js';

/** What this is, who can sign in, and where things are. */
export function homePage(directory: Directory, instance: string): Page {
  const { api, tenants, personas, clients } = directory;
  return {
    title: 'This is not Microsoft Entra ID',
    body: html`<p>It stands in for Entra ID on this machine, for development and tests. Its tokens have the shapes of
Entra's, and are worth nothing anywhere else.</p>
<h2>Tenants</h2>
${list(tenants.map(({ id, name }) => [name, `${instance}/${id}/v2.0/.well-known/openid-configuration`]))}
<h2>API</h2>
${list([[`v${api.accessTokenVersion}.0 access tokens`, api.scopes.map((scope) => `${api.appIdUri}/${scope}`).join(' ')]])}
<h2>Clients</h2>
${list(clients.map(({ name, kind, clientId }) => [`${name} (${kind})`, clientId]))}
<h2>Personas</h2>
${list(
  personas.map((persona) => [
    `${persona.displayName} (${persona.kind})`,
    [`${persona.name}:`, ...persona.scopes, ...persona.roles, ...persona.permissions, ...persona.authContexts].join(
      ' ',
    ),
  ]),
)}
<h2>An access token without signing in</h2>
<p><code>curl -H 'X-Emulator: 1' -H 'Content-Type: application/json'
-d '{"persona":"${personas[0]?.name ?? 'name'}"}' ${instance}/emulator/tokens</code></p>`,
  };
}

function list(items: readonly (readonly [name: string, detail: string])[]): Html {
  return html`<ul>
${items.map(([name, detail]) => html`<li>${name}<small><code>${detail}</code></small></li>\n`)}</ul>`;
}
