/** Light or dark with the reader's system, on a ground of its own: an image does not see the page it stands on. */
const STYLE = `
  text { font: 12px system-ui, sans-serif; fill: #24292f }
  .title { font-size: 14px; font-weight: 600 }
  .ground { fill: #ffffff }
  .axis { stroke: #8c959f }
  .peer { fill: #8c959f }
  .ours { fill: #0969da }
  .line { stroke: #0969da; stroke-width: 2; fill: none }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3 }
    .ground { fill: #0d1117 }
    .ours { fill: #58a6ff }
    .line { stroke: #58a6ff }
  }`;

/**
 * An image with a title.
 *
 * @param {{ width: number, height: number, title: string, content: readonly string[] }} image in pixels
 */
export function svg({ width, height, title, content }) {
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" role="img">
<title>${title}</title>
<style>${STYLE}
</style>
<rect class="ground" width="${width}" height="${height}" rx="6"/>
${text(8, 22, title, 'class="title"')}
${content.join('\n')}
</svg>
`;
}

/** @param {string} [attributes] such as `text-anchor="end"` */
export function text(x, y, content, attributes = '') {
  return `<text x="${pixels(x)}" y="${pixels(y)}" dominant-baseline="middle" ${attributes}>${content}</text>`;
}

export function axis(from, to) {
  return `<line class="axis" x1="${pixels(from.x)}" y1="${pixels(from.y)}" x2="${pixels(to.x)}" y2="${pixels(to.y)}"/>`;
}

/** A coordinate, no longer than it can be seen. */
export function pixels(value) {
  return String(Math.round(value * 10) / 10);
}
