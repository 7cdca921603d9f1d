import { html } from '../../pages/html.js';
import type { EntraError } from '../entra-error.js';
import type { Page } from './page.js';

/** Builds a page for errors that cannot be sent to the client, since its address is not trusted. */
export function errorPage(error: EntraError): Page {
  return {
    title: 'This sign-in cannot go on',
    status: error.status,
    body: html`<p role="alert"><code>${error.code}</code>: ${error.message}</p>`,
  };
}

/** The page for an address that the emulator does not have. */
export const unknownAddressPage: Page = {
  title: 'Nothing is at this address',
  status: 404,
  body: html`<p>This is the Entra emulator, and not the API. <a href="/">Its home page</a> has the people who can sign in, and
its addresses.</p>`,
};
