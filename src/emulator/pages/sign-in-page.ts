import { type Html, html } from '../../pages/html.js';
import type { Persona } from '../persona.js';
import type { Page } from './page.js';

export interface SignInPageContent {
  readonly clientName: string;
  readonly personas: readonly Persona[];
  /** Names of the scopes asked for. */
  readonly scopes: readonly string[];
  /** Authentication contexts asked for (step-up). */
  readonly authContexts: readonly string[];
  /** Name of the persona that the client expects. */
  readonly suggested: string | undefined;
  /** Target of the form, and the hidden field that says which sign-in it answers. */
  readonly action: string;
  readonly requestId: string;
  /** The client's redirect URI, where the answer to the form leads. */
  readonly formTarget?: string;
}

/**
 * Builds a list of buttons. Each persona has one like `button[name=persona][value=erin]`. The button `name=cancel`
 * cancels the sign-in.
 */
export function signInPage(content: SignInPageContent): Page {
  const stepUp =
    content.authContexts.length === 0
      ? html``
      : html`<p>It asks for a further proof of who you are (${content.authContexts.join(', ')}), such as a second factor.</p>`;
  const scopes =
    content.scopes.length === 0 ? html`` : html`<p>It asks for: <code>${content.scopes.join(' ')}</code></p>`;
  return {
    title: `Sign in to ${content.clientName}`,
    ...(content.formTarget !== undefined && { formTarget: content.formTarget }),
    body: html`${scopes}${stepUp}
<form method="post" action="${content.action}">
<input type="hidden" name="request" value="${content.requestId}">
<p id="who">Who signs in?</p>
<ul aria-labelledby="who">
${content.personas.map((persona) => personaItem(persona, persona.name === content.suggested))}
</ul>
<button class="secondary" name="cancel" value="1">Cancel</button>
</form>`,
  };
}

function personaItem(persona: Persona, isSuggested: boolean): Html {
  const holds = [...persona.scopes, ...persona.roles, ...persona.authContexts].join(', ') || 'nothing';
  return html`<li><button name="persona" value="${persona.name}"${isSuggested ? html` autofocus` : html``}>${persona.displayName}${
    persona.isGuest ? ' (guest)' : ''
  }<small>${persona.name}: ${holds}</small></button></li>
`;
}
