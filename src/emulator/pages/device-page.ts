import { html } from '../../pages/html.js';
import type { Page } from './page.js';

/**
 * Builds the form for the code that the device shows.
 *
 * @param prefilled from the address, so that a link can carry it
 */
export function deviceCodePage(action: string, prefilled: string): Page {
  return {
    title: 'Enter code',
    body: html`<form method="post" action="${action}">
<p><label for="user-code">Code shown on your device</label></p>
<p><input id="user-code" name="user_code" value="${prefilled}" required autocomplete="off" autocapitalize="characters" autofocus>
<button class="secondary">Next</button></p>
</form>`,
  };
}

/** Builds the last page on this device. */
export function deviceDonePage(isSignedIn: boolean): Page {
  return isSignedIn
    ? { title: 'You are signed in', body: html`<p>Go back to your device. You can close this page.</p>` }
    : { title: 'Sign-in cancelled', body: html`<p>Nothing was granted. You can close this page.</p>` };
}
