/** Sends the one form of a page that answers by `form_post`. Without scripts, the user presses its button. */
export const SUBMIT_SCRIPT = 'document.forms[0].submit();\n';
