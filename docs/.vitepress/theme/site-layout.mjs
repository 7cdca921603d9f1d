import { useData } from 'vitepress';
import Theme from 'vitepress/theme-without-fonts';
import { h, onMounted, watch } from 'vue';

/** The layout of the theme. Its landing page has no main region, which readers of screens jump to, so this marks one. */
export const SiteLayout = {
  setup() {
    const { frontmatter } = useData();
    const mark = () => {
      const content = document.getElementById('VPContent');
      if (frontmatter.value.layout === 'home') content?.setAttribute('role', 'main');
      else content?.removeAttribute('role');
    };
    onMounted(mark);
    watch(() => frontmatter.value.layout, mark, { flush: 'post' });
    return () => h(Theme.Layout);
  },
};
