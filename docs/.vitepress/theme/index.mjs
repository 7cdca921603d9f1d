// The theme without Inter: the fonts of the reader's system do, and a page loads less.
import Theme from 'vitepress/theme-without-fonts';
import MermaidDiagram from './MermaidDiagram.vue';
import './style.css';

export default {
  extends: Theme,
  enhanceApp: ({ app }) => app.component('MermaidDiagram', MermaidDiagram),
};
