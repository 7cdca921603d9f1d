import type { FastifyInstance, FastifyReply } from 'fastify';
import { type Html, html } from '../pages/html.js';
import { PAGE_STYLES } from '../pages/page-styles.js';

/** A page of the API. Every page has the same frame and a content security policy without inline scripts and styles. */
export interface Page {
  readonly title: string;
  readonly body: Html;
  /** Addresses of styles beside those of every page. */
  readonly styles?: readonly string[];
  /** Address of the page's one script, which may call the API. */
  readonly script?: string;
  /** Address of the identity provider, which the script may ask too. */
  readonly provider?: string | undefined;
}

const STYLESHEET_PATH = '/pages/page.css';

/** Serves the styles of every page. */
export function registerPageStyles(fastify: FastifyInstance): void {
  serveAsset(fastify, STYLESHEET_PATH, { type: 'text/css', text: PAGE_STYLES });
  // Browsers ask for it by themselves, and a 404 is an error in their console.
  fastify.get('/favicon.ico', { logLevel: 'warn' }, (_request, reply) => reply.code(204).send());
}

/** Serves a text that pages load. */
export function serveAsset(
  fastify: FastifyInstance,
  path: string,
  { type, text }: { readonly type: 'text/css' | 'text/javascript'; readonly text: string },
): void {
  // Answers that wait for their clients share it.
  const bytes = Buffer.from(text);
  fastify.get(path, { logLevel: 'warn' }, (_request, reply) => reply.type(`${type}; charset=utf-8`).send(bytes));
}

/**
 * Creates the answer with a page, which is written once. The page cannot be framed and loads from this server alone. It
 * sends data only to this server, and to the identity provider if users sign in on it.
 */
export function createPage(page: Page): (reply: FastifyReply) => FastifyReply {
  const text = Buffer.from(renderPage(page).markup);
  const provider = page.provider ? ` ${new URL(page.provider).origin}` : '';
  const policy = [
    "default-src 'none'",
    "style-src 'self'",
    ...(page.script ? ["script-src 'self'", `connect-src 'self'${provider}`] : []),
    "form-action 'none'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
  return (reply) => reply.header('content-security-policy', policy).type('text/html; charset=utf-8').send(text);
}

function renderPage({ title, body, styles = [], script }: Page): Html {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${title}</title>
${[STYLESHEET_PATH, ...styles].map((path) => html`<link rel="stylesheet" href="${path}">\n`)}${
  script ? html`<script src="${script}" type="module"></script>\n` : html``
}</head>
<body>
${body}
</body>
</html>
`;
}
