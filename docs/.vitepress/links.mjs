import { posix } from 'node:path';
import { addressOf, PAGES } from './pages.mjs';

/**
 * Makes links between files work in the site as they do on GitHub. A link to a page becomes its address. A link to another
 * file of the repository leads to `repository`, and is plain text without one.
 *
 * @param {string} [repository] address below which the files are shown, such as `https://example.com/blob/main`
 */
export function rewriteLinks(md, repository) {
  // After `inline`, which makes the links, and before the rules of VitePress, which run while a page is rendered.
  md.core.ruler.push('links-of-the-repository', ({ tokens, env }) => {
    const folder = posix.dirname(fileOf(env.relativePath));
    for (const { children } of tokens) if (children) rewriteIn(children, folder, repository);
  });
}

/** The file in the repository of a page that VitePress names by its place in the site. */
function fileOf(place) {
  const address = `/${place.replace(/\.md$/, '')}`;
  return PAGES.find((file) => addressOf(file) === address) ?? 'docs/index.md';
}

function rewriteIn(tokens, folder, repository) {
  const open = [];
  for (const token of tokens) {
    if (token.type === 'link_close') rewriteEnd(token, open.pop());
    if (token.type !== 'link_open') continue;
    const target = targetOf(token.attrGet('href'), folder, repository);
    open.push(target);
    if (target === undefined) asText(token);
    else token.attrSet('href', target);
  }
}

function rewriteEnd(token, target) {
  if (target === undefined) asText(token);
}

/** The rule of VitePress for links looks at no other type of token. */
function asText(token) {
  token.type = token.type.replace('link', 'text_of_link');
  token.tag = 'span';
  token.attrs = token.attrs && [['class', 'file-of-the-repository']];
}

/** Returns undefined for a file that the site cannot show. */
function targetOf(href, folder, repository) {
  if (/^[a-z]+:|^#|^\//.test(href)) return href;
  const [path, anchor] = href.split('#');
  const file = posix.join(folder, path);
  if (PAGES.includes(file) || file === 'README.md') return addressOf(file) + (anchor ? `#${anchor}` : '');
  return repository && `${repository}/${file}`;
}
