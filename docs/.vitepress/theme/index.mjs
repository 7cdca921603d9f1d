// The theme without Inter: the fonts of the reader's system do, and a page loads less.
import Theme from 'vitepress/theme-without-fonts';
import MermaidDiagram from './MermaidDiagram.vue';
import { SiteLayout } from './site-layout.mjs';
import './style.css';

export default {
  extends: Theme,
  Layout: SiteLayout,
  enhanceApp: ({ app }) => app.component('MermaidDiagram', MermaidDiagram),
};
