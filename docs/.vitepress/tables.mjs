/** Makes tables usable without a mouse: they scroll sideways on a small screen, and an empty head cell is no head. */
export function mendTables(md) {
  md.renderer.rules.table_open = () => '<table tabindex="0">';
  md.core.ruler.push('empty-heads', ({ tokens }) => {
    for (const [index, token] of tokens.entries()) {
      if (token.type !== 'th_open' || tokens[index + 1].content !== '') continue;
      token.tag = 'td';
      tokens[index + 2].tag = 'td';
    }
  });
}
