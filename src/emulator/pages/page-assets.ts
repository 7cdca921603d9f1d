/** Text has a contrast of at least 7 to 1; the focus ring shows on page and panel. */
export const PAGE_STYLES = `:root { color-scheme: light; font: 1rem/1.5 system-ui, sans-serif; }
body { margin: 0; background: #f4f4f6; color: #1b1b1f; }
main { max-width: 34rem; margin: 3rem auto 1rem; padding: 1.5rem 2rem; background: #fff; border-radius: .5rem; }
footer { max-width: 34rem; margin: 0 auto; padding: 0 2rem; color: #4a4a52; font-size: .875rem; }
h1 { font-size: 1.5rem; margin-top: 0; }
h2 { font-size: 1.125rem; }
ul { list-style: none; padding: 0; }
button, input { font: inherit; padding: .5rem .75rem; border: 1px solid #6b6b75; border-radius: .25rem; }
button { width: 100%; text-align: start; background: #fff; color: inherit; cursor: pointer; }
button:hover { background: #eef3ff; }
button.secondary { width: auto; }
:focus-visible { outline: 3px solid #1d4ed8; outline-offset: 2px; }
li { margin-block: .5rem; }
small { display: block; color: #4a4a52; }
code { overflow-wrap: anywhere; }
`;

/** Sends the one form of a page that answers by `form_post`. Without scripts, the user presses its button. */
export const SUBMIT_SCRIPT = 'document.forms[0].submit();\n';
