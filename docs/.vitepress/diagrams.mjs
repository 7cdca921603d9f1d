/** Gives Mermaid blocks to the component that draws them in the browser. Other blocks stay as they are. */
export function drawDiagrams(md) {
  const fence = md.renderer.rules.fence;
  md.renderer.rules.fence = (tokens, index, ...rest) => {
    const { info, content } = tokens[index];
    if (info.trim() !== 'mermaid') return fence(tokens, index, ...rest);
    return `<MermaidDiagram source="${encodeURIComponent(content)}" />`;
  };
}

/** Puts charts into a box that scrolls sideways, which therefore takes the focus. */
export function boxCharts(md) {
  const image = md.renderer.rules.image;
  md.renderer.rules.image = (tokens, index, ...rest) => {
    const isChart = tokens[index].attrGet('src').endsWith('.svg');
    const picture = image(tokens, index, ...rest);
    return isChart ? `<span class="chart" tabindex="0">${picture}</span>` : picture;
  };
}
