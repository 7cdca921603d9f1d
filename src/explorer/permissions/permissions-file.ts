import { createHash } from 'node:crypto';
import { html } from '../../pages/html.js';
import { PAGE_STYLES } from '../../pages/page-styles.js';
import type { AccessView } from './access-view.js';
import { readPermissionsScript, readPermissionsStyles } from './assets.js';
import { PERMISSIONS_TITLE, permissionsBody } from './permissions-page.js';

/** Renders the permissions page as one file. It has its styles and its script in it, and loads nothing. */
export function renderPermissionsFile(view: AccessView): string {
  const styles = PAGE_STYLES + readPermissionsStyles();
  const script = readPermissionsScript();
  const policy = `default-src 'none'; style-src '${hashOf(styles)}'; script-src '${hashOf(script)}'; base-uri 'none'; form-action 'none'`;
  const { markup } = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta http-equiv="content-security-policy" content="${policy}">
<title>${PERMISSIONS_TITLE}</title>
<style>${{ markup: styles }}</style>
</head>
<body>
${permissionsBody({ view, judgeAddress: undefined })}
<script type="module">${{ markup: script }}</script>
</body>
</html>
`;
  return markup;
}

/** Returns the source of an inline text in a content security policy. */
function hashOf(text: string): string {
  return `sha256-${createHash('sha256').update(text).digest('base64')}`;
}
