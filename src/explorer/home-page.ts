import type { FastifyInstance, FastifyReply } from 'fastify';
import { prefersPage } from '../http/answers/accepted-type.js';
import { html } from '../pages/html.js';
import { createPage, type Page } from './send-page.js';

export interface Place {
  /** Key in the JSON for programs. */
  readonly name: string;
  /** Path on this server, or the address of another one. */
  readonly address: string;
  readonly title: string;
  readonly says: string;
}

/** Serves `/`: the addresses of this server, as a page for browsers and as JSON for programs. Open to everybody. */
export function registerHomePage(
  fastify: FastifyInstance,
  { name, url, places }: { readonly name: string; readonly url: string; readonly places: readonly Place[] },
): void {
  const addresses = places.map((place) => [place.name, new URL(place.address, url).href] as const);
  const document = { name, ...Object.fromEntries(addresses) };
  const sendPage = createPage(homePage(name, places));
  fastify.get('/', (request, reply) => (prefersPage(request.headers.accept) ? sendPage(reply) : reply.send(document)));
}

/** Creates the page at an address that does not exist. */
export function createNotFoundPage(name: string): (reply: FastifyReply) => FastifyReply {
  return createPage({
    title: `Not found: ${name}`,
    body: html`<main>
<h1>Nothing is at this address</h1>
<p>The API is at <a href="/graphql">/graphql</a>. <a href="/">What is here</a> lists every address.</p>
</main>`,
  });
}

function homePage(name: string, places: readonly Place[]): Page {
  return {
    title: name,
    body: html`<main>
<h1>${name}</h1>
<p>A GraphQL API whose callers sign in with Microsoft Entra ID. These addresses are here:</p>
<dl class="places">
${places.map(
  ({ address, title, says }) =>
    html`<dt><a href="${address}">${title}</a> <code>${address}</code></dt>\n<dd>${says}</dd>\n`,
)}</dl>
</main>`,
  };
}
