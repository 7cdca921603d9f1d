import { readdirSync, readFileSync } from 'node:fs';
import { defineConfig } from 'vitepress';
import { githubAnchor } from './anchors.mjs';
import { boxCharts, drawDiagrams } from './diagrams.mjs';
import { landing } from './landing.mjs';
import { rewriteLinks } from './links.mjs';
import { addressOf, LANDING, PAGES, SECTIONS } from './pages.mjs';
import { mendTables } from './tables.mjs';

const root = new URL('../../', import.meta.url);
const { description, repository } = JSON.parse(readFileSync(new URL('package.json', root), 'utf8'));

/** Files and folders beside docs/ that have no page. */
const others = readdirSync(root).filter((name) => !PAGES.some((file) => file.split('/')[0] === name));

const sections = SECTIONS.map(({ text, pages }) => ({
  text,
  items: pages.map((page) => ({ text: page.text, link: addressOf(page.file) })),
}));

/** Pages import Vue when they are rendered, and they lie outside the folder that has it. The rendered bundle lies inside. */
const vueOfThisPackage = {
  name: 'vue-of-this-package',
  enforce: 'pre',
  resolveId: (id, _importer, { ssr }) => (ssr && /^vue(\/|$)/.test(id) ? { id, external: true } : undefined),
};

export default defineConfig({
  title: 'entra-graphql',
  description,
  lang: 'en',
  // Some pages stand beside docs/ in the repository, such as SECURITY.md.
  srcDir: '..',
  srcExclude: others.flatMap((name) => [name, `${name}/**`]),
  rewrites: Object.fromEntries(PAGES.map((file) => [file, `${addressOf(file).slice(1) || 'index'}.md`])),
  cleanUrls: false,
  vite: { plugins: [vueOfThisPackage] },
  markdown: {
    anchor: { slugify: githubAnchor },
    config: (md) => {
      rewriteLinks(md, repository?.url);
      drawDiagrams(md);
      boxCharts(md);
      mendTables(md);
    },
  },
  transformPageData: (page) => {
    if (page.filePath === LANDING) page.frontmatter = { ...page.frontmatter, ...landing };
  },
  themeConfig: {
    nav: sections,
    sidebar: sections,
    outline: [2, 3],
    search: { provider: 'local' },
  },
});
