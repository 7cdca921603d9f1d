import { describe, expect, it } from 'vitest';
import { html } from '../../src/pages/html.js';

describe('html', () => {
  it('escapes text', () => {
    expect(html`<p title="${`"&'`}">${'<script>'}</p>`.markup).toBe('<p title="&quot;&amp;&#39;">&lt;script&gt;</p>');
  });

  it('does not escape what it built itself', () => {
    expect(html`<p>${html`<b>${'<'}</b>`}</p>`.markup).toBe('<p><b>&lt;</b></p>');
  });

  it('joins lists', () => {
    expect(html`<ul>${['a', '<'].map((item) => html`<li>${item}</li>`)}</ul>`.markup).toBe(
      '<ul><li>a</li><li>&lt;</li></ul>',
    );
  });

  it('leaves backslashes and dollar signs as they are', () => {
    expect(html`<p>${'$& \\n'}</p>`.markup).toBe('<p>$&amp; \\n</p>');
  });
});
