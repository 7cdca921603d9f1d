import { type Html, html } from '../../pages/html.js';
import type { AccessView } from './access-view.js';
import { renderFilters, renderLegend, renderTable } from './render-view.js';

export interface PermissionsPageContent {
  /** Undefined: the page is empty until a caller has shown that it may read it. */
  readonly view: AccessView | undefined;
  /** Address that judges a token. Undefined in a file, which has no server. */
  readonly judgeAddress: string | undefined;
  /** Settings of the sign-in by MSAL. Undefined: tokens are pasted. */
  readonly signIn?: object | undefined;
}

export const PERMISSIONS_TITLE = 'Who may use what';

export function permissionsBody({ view, judgeAddress, signIn }: PermissionsPageContent): Html {
  return html`<header>
<h1>${PERMISSIONS_TITLE}</h1>
${judgeAddress === undefined ? html`` : html`<a href="/">What is here</a>`}
${renderLegend()}
</header>
<main>
${judgeAddress === undefined ? html`` : whoAmI(judgeAddress, view === undefined, signIn)}
${view ? renderFilters(view) : html`<form class="filters" hidden></form>`}
<div class="scroll" role="region" aria-label="Permissions" tabindex="0">${view ? renderTable(view) : html``}</div>
<p class="detail">Point at a cell, or reach it with Tab and the arrow keys: this line then says why.</p>
</main>`;
}

function whoAmI(address: string, isOpen: boolean, signIn: object | undefined): Html {
  const settings = signIn ? html` data-sign-in="${JSON.stringify(signIn)}"` : html``;
  return html`<details class="who"${isOpen ? html` open` : html``}>
<summary>Who am I?</summary>
<form data-address="${address}"${settings}>
${
  signIn
    ? html`<button class="small" type="button">Sign in</button>
`
    : html``
}<label for="token">Access token</label>
<textarea id="token" name="token" rows="3" required autocomplete="off" spellcheck="false" placeholder="eyJ…"></textarea>
<button class="small">Show what it may use</button>
</form>
<div class="verdict" role="status"></div>
</details>`;
}
