import type { FastifyReply } from 'fastify';
import { type Html, html } from '../../pages/html.js';

/** A page to send. Every page has the same frame and the same Content-Security-Policy. */
export interface Page {
  readonly title: string;
  readonly body: Html;
  readonly status?: number;
  /**
   * The URL to which the form finally leads, if that is not the emulator. Only its origin or scheme counts. Browsers apply
   * `form-action` also to the redirect that answers a form, so the client's address has to be named.
   */
  readonly formTarget?: string;
  /** Address of the page's one script. */
  readonly script?: string;
  /** The script calls the emulator. */
  readonly callsEmulator?: boolean;
  /** For pages with more than one column. */
  readonly isWide?: boolean;
}

/** Address of the styles. None are inline. */
export const STYLESHEET_PATH = '/emulator/page.css';
/** Address of the script of pages that send themselves (`form_post`). */
export const SUBMIT_SCRIPT_PATH = '/emulator/submit.js';
/** Address of the script of the home page. */
export const HOME_PAGE_SCRIPT_PATH = '/emulator/home.js';

/** Sends a page. It cannot be framed and runs only the emulator's own scripts. */
export function sendPage(reply: FastifyReply, page: Page): FastifyReply {
  const formAction = page.formTarget === undefined ? "'self'" : `'self' ${formSource(page.formTarget)}`;
  const policy = [
    "default-src 'none'",
    "style-src 'self'",
    page.script ? "script-src 'self'" : "script-src 'none'",
    ...(page.callsEmulator ? ["connect-src 'self'"] : []),
    `form-action ${formAction}`,
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ];
  return reply
    .status(page.status ?? 200)
    .header('content-security-policy', policy.join('; '))
    .type('text/html; charset=utf-8')
    .send(renderPage(page).markup);
}

function renderPage(page: Page): Html {
  const script = page.script ? html`<script src="${page.script}" defer></script>` : html``;
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${page.title} - Entra emulator</title>
<link rel="stylesheet" href="${STYLESHEET_PATH}">
${script}
</head>
<body>
<main${page.isWide ? html` class="wide"` : html``}>
<h1>${page.title}</h1>
${page.body}
</main>
<footer>Development emulator. No passwords, no real people.</footer>
</body>
</html>
`;
}

/** Returns a CSP source for the origin of an http(s) URL or the scheme of another one (`myapp:`). */
function formSource(target: string): string {
  const { origin, protocol } = new URL(target);
  return origin === 'null' ? protocol : origin;
}
